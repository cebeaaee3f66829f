import { type BlockQuery, type NumberRecord, readPhone, readUser } from '@blockhouse/engine';
import type { Services } from '../../../services.ts';
import { invalid } from '../../shared/errors.ts';
import { parameterOf } from '../../shared/request-url.ts';

const searchLengthMax = 100;

/** Reads `search`; null: it is absent. */
export function readSearch(query: unknown): string | null {
  const search = parameterOf(query, 'search')?.trim() || null;
  if (search !== null && search.length > searchLengthMax)
    throw invalid(`Param search must have at most ${searchLengthMax} characters.`);
  return search;
}

/** How the store searches for a text: one user if the text is a whole ID, and otherwise a part of what is kept of users. */
export async function storeSearch(
  { directory }: Services,
  number: NumberRecord,
  text: string | null,
): Promise<Pick<BlockQuery, 'search' | 'waId'>> {
  if (text === null) return { search: null, waId: null };
  const ids = await directory.lookup(number, { texts: [text] });
  // A whole phone may lead to a user with another `wa_id`.
  const phone = readPhone(text);
  const found = phone === null ? null : ids.match?.(phone);
  if (found != null && found.user !== phone) return { search: String(found.user), waId: null };
  const ref = readUser(text, ids);
  if (ref.kind === 'user' && ref.by === 'user_id') return { search: null, waId: ref.waId };
  // The store searches the usernames of local users. Those of users at Meta are in the directory.
  const isUsernameAtMeta = number.upstream !== null && text.startsWith('@');
  const waId = isUsernameAtMeta ? await directory.findUsername(number, text) : null;
  return { search: waId === null ? text : null, waId };
}
