import { magicUsers, readPhone, readUser, type WaId } from '@blockhouse/engine';
import { Type } from 'typebox';
import type { Services } from '../../../services.ts';
import { invalid, shown } from '../../shared/errors.ts';

/** The parameters of a path that names a user. */
export const userParams = Type.Object({
  user: Type.String({ description: 'A wa_id, phone or business-scoped user ID' }),
});

/** The scope of the directory of the local platform. */
export const localScope = { upstream: null, portfolioId: 'default' };

/** The user of the path: a phone, a `wa_id`, or the ID that any portfolio has for them. */
export async function readUserPath({ store, directory }: Services, text: string): Promise<WaId> {
  const portfolios = new Set(['default', ...(await store.numbers()).map(({ portfolioId }) => portfolioId)]);
  for (const portfolioId of portfolios) {
    const scope = { upstream: null, portfolioId };
    const ref = readUser(text, await directory.lookup(scope, { texts: [text] }));
    if (ref.kind === 'user') return ref.waId;
  }
  throw invalid(`The path names no user: "${shown(text)}" must be a wa_id or a phone number.`);
}

/** Reads a phone of a user. @throws RequestError when it belongs to another user or to a number. */
export async function readFreePhone(
  services: Services,
  user: WaId,
  { parameter, text }: { readonly parameter: string; readonly text: string },
): Promise<WaId> {
  const phone = readPhone(text);
  if (phone === null) throw invalid(`Param ${parameter} must be a phone number - got "${shown(text)}".`);
  if (phone !== user && (await isTaken(services, user, phone)))
    throw invalid(`Param ${parameter} is the phone of another user or number: ${phone}.`);
  return phone;
}

/** Magic users behave in a fixed way. */
export function refuseMagicUser(user: WaId): void {
  if (magicUsers.has(user)) throw invalid(`User ${user} is a magic user, which cannot be changed.`);
}

async function isTaken({ store, directory }: Services, user: WaId, phone: WaId): Promise<boolean> {
  const ids = await directory.lookup(localScope, { texts: [String(phone)] });
  const owner = ids.match?.(phone)?.user ?? phone;
  return (
    (owner !== user && owner !== phone) ||
    magicUsers.has(phone) ||
    (owner === phone && (await store.user(phone)) !== null) ||
    (await store.numbers()).some((number) => number.waId === phone)
  );
}
