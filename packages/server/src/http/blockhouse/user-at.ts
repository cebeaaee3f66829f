import { type NumberRecord, readUser, type UserRef } from '@blockhouse/engine';
import type { UserNames } from '../../user-names.ts';

/** Whom a text means at any of the numbers: a phone, a `wa_id`, or the ID that one of their portfolios has for the user. */
export async function readUserAt(
  names: UserNames,
  numbers: readonly NumberRecord[],
  text: string,
): Promise<UserRef> {
  const seen = new Set<string>();
  let nobody: UserRef = { kind: 'nobody', reason: 'not_a_user' };
  for (const number of numbers) {
    const kind = `${number.upstream === null} ${number.portfolioId}`;
    if (seen.has(kind)) continue;
    seen.add(kind);
    const ref = readUser(text, await names.at(number, { texts: [text] }));
    if (ref.kind === 'user') return ref;
    nobody = ref;
  }
  return nobody;
}
