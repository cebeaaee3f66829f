import {
  type BlockAnswer,
  type ChangedUser,
  type FailedUser,
  someNotUnblocked,
  type UnblockAnswer,
} from '@blockhouse/client/wire';
import type { Target, WaId } from '@blockhouse/engine';
import { refusalOf } from '../../blocklists/refusal-text.ts';
import type { BlocklistChange, Failed } from '../shared/blocklist-dialect.ts';
import { errorAnswer } from '../shared/errors.ts';

/** The answer to a request to block or unblock. It has an `error` beside the lists if any user was refused. */
export function renderChange(
  { operation, changed, failed }: BlocklistChange,
  traceId: string,
): BlockAnswer | UnblockAnswer {
  const users = changed.map(({ target, outcome }) => renderUser(target, outcome.waId));
  const refused = { ...(failed.length > 0 && { failed_users: failed.map(renderFailed) }) };
  if (operation === 'block')
    return {
      messaging_product: 'whatsapp',
      block_users: { added_users: users, ...refused },
      ...(failed.length > 0 && errorAnswer('someRefused', traceId)),
    };
  return {
    messaging_product: 'whatsapp',
    block_users: { removed_users: users, ...refused },
    ...(failed.length > 0 && errorAnswer('someRefused', traceId, { details: someNotUnblocked })),
  };
}

function renderFailed({ target, outcome }: Failed): FailedUser {
  const { message, code, details } = refusalOf(outcome);
  const user = outcome.reason === 'not_a_user' ? { input: target.input } : renderUser(target, outcome.waId);
  return { ...user, errors: [{ message, code, error_data: { details } }] };
}

/** A user with `wa_id` if the request named them by phone, and with `user_id` if it named them by that. */
function renderUser({ input, ref }: Target, waId: WaId | undefined): ChangedUser {
  if (waId !== undefined) return { input, wa_id: String(waId) };
  if (ref.kind === 'nobody') return { input };
  return ref.by === 'phone' ? { input, wa_id: String(ref.waId) } : { input, user_id: input };
}
