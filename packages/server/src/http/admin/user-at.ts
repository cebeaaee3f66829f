import { type NumberRecord, readUser, type UserRef, type WaId } from '@blockhouse/engine';
import { shownWaId, type UserDirectory } from '../../users/directory.ts';

/** Whom a text means at any of the numbers: a phone, a `wa_id`, a username, or the ID that one of their portfolios has for the user. */
export async function readUserAt(
  names: UserDirectory,
  numbers: readonly NumberRecord[],
  text: string,
): Promise<UserRef> {
  const seen = new Set<string>();
  let nobody: UserRef = { kind: 'nobody', reason: 'not_a_user' };
  for (const number of numbers) {
    const kind = `${number.upstream === null} ${number.portfolioId}`;
    if (seen.has(kind)) continue;
    seen.add(kind);
    if (text.startsWith('@')) {
      const waId = await names.findUsername(number, text);
      if (waId !== null) return { kind: 'user', waId, by: 'user_id', matchedBy: 'directory' };
      continue;
    }
    const ref = readUser(text, await names.at(number, { texts: [text] }));
    if (ref.kind === 'user') return ref;
    nobody = ref;
  }
  return nobody;
}

/** Under which key each number keeps a user who was found at one of them, by number. */
export async function keysAt(
  names: UserDirectory,
  numbers: readonly NumberRecord[],
  { text, waId }: { readonly text: string; readonly waId: WaId },
): Promise<ReadonlyMap<string, WaId>> {
  // An ID or a username is of one portfolio alone; the phone behind it is the same everywhere.
  const isPhone = readUser(text, noIds).kind === 'user';
  const asked = isPhone ? text : shownWaId(waId);
  const keys = numbers.map(async (number) => {
    if (asked === null) return [number.id, waId] as const;
    const ref = readUser(asked, await names.at(number, { texts: [asked] }));
    return [number.id, ref.kind === 'user' ? ref.waId : waId] as const;
  });
  return new Map(await Promise.all(keys));
}

const noIds = { issue: () => [], find: () => null };
