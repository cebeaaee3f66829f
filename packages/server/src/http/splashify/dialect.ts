import {
  type BlockRow,
  type NumberRecord,
  providerBatchMax,
  providerPageDefault,
  type Target,
  type WaId,
} from '@blockhouse/engine';
import { refusalOf } from '../../blocklists/refusal-text.ts';
import type { Services } from '../../services.ts';
import { numberOf } from '../shared/access.ts';
import type { BlocklistDialect, Failed, NamedUser } from '../shared/blocklist-dialect.ts';
import { invalid } from '../shared/errors.ts';

/**
 * The provider's dialect of `block_users`. Refused users are in `errors`, which is always there. Rows of the list have the reason
 * of the block.
 */
export function splashifyDialect(services: Services): BlocklistDialect {
  return {
    batchMax: providerBatchMax,
    tooManyUsers: () => invalid(`Cannot block more than ${providerBatchMax} users in one request`),
    readElement,
    passesAnswers: false,
    renderChange({ operation, changed, failed }) {
      const users = changed.map(({ target, outcome }) => renderUser(target, outcome.waId));
      const errors = failed.map(renderFailed);
      const list = operation === 'block' ? { added_users: users, errors } : { removed_users: users, errors };
      return { messaging_product: 'whatsapp', block_users: list };
    },
    pageDefault: providerPageDefault,
    async renderPage({ rows, paging }, _limit, request) {
      const number = numberOf(request);
      const reasons = await readReasons(services, number, rows);
      const userIds = services.userIds.of(number.portfolioId).issue(rows.map(({ waId }) => waId));
      const data = rows.map(({ waId, phoneHidden }, index) =>
        renderRow(phoneHidden ? userIds[index] : String(waId), reasons.get(waId)),
      );
      const { before, after } = paging ?? {};
      return { data, ...(paging !== null && { paging: { cursors: { before, after } } }) };
    },
    async renderLivePage({ page: { users, cursors } }, request) {
      const rows = await services.platforms.cloud.withNotes(numberOf(request), users);
      const data = rows.map(({ shownWaId, userId, note }) =>
        renderRow(shownWaId ?? userId, note?.cause.note),
      );
      return { data, ...(cursors !== null && { paging: { cursors } }) };
    },
  };
}

/** A phone in E.164, or the `wa_id` of a row of the list. */
const e164 = /^\+?[1-9]\d{6,14}$/;

function readElement(element: unknown): NamedUser {
  const user = typeof element === 'object' && element !== null ? (element as { user?: unknown }).user : null;
  if (typeof user !== 'string' || !e164.test(user)) throw invalid('Invalid phone number');
  return { input: user, field: 'user' };
}

function renderUser({ input, ref }: Target, waId: WaId | undefined): { input: string; wa_id?: string } {
  if (waId !== undefined) return { input, wa_id: String(waId) };
  return ref.kind === 'user' ? { input, wa_id: String(ref.waId) } : { input };
}

function renderFailed({ target, outcome }: Failed): object {
  const { code, message, details } = refusalOf(outcome);
  return { ...renderUser(target, outcome.waId), code, message, error_data: { details } };
}

/** A block without a note was made by hand, as far as the dialect can tell. */
function renderRow(user: string | null | undefined, note: string | null | undefined): object {
  return { user: user ?? '', block_reason: note || 'manual' };
}

/** The notes of the blocks of a page. */
async function readReasons(
  { store }: Services,
  number: NumberRecord,
  rows: readonly BlockRow[],
): Promise<ReadonlyMap<WaId, string | null>> {
  const [first] = rows;
  if (first === undefined) return new Map();
  const after = { value: first.position - 1, waId: Number.MAX_SAFE_INTEGER };
  const query = { sort: 'blocked_at', search: null, waId: null, after, count: rows.length } as const;
  const blocks = await store.blocks(number.id, query);
  return new Map(blocks.map(({ waId, cause }) => [waId, cause.note]));
}
