import { type NumberRecord, readUser, type UserRef, type WaId } from '@blockhouse/engine';
import type { UserDirectory } from '../../users/directory.ts';
import { shownWaId } from '../../users/names.ts';

/**
 * Finds the user that a text names at any of the numbers: by phone, `wa_id`, username, or the business-scoped user ID of one of
 * their portfolios.
 */
export async function findUser(
  directory: UserDirectory,
  numbers: readonly NumberRecord[],
  text: string,
): Promise<UserRef> {
  const asked = new Set<string>();
  let nobody: UserRef = { kind: 'nobody', reason: 'not_a_user' };
  for (const number of numbers) {
    // Numbers of one portfolio share a directory.
    const scope = `${number.upstream === null} ${number.portfolioId}`;
    if (asked.has(scope)) continue;
    asked.add(scope);
    if (text.startsWith('@')) {
      const waId = await directory.findUsername(number, text);
      if (waId !== null) return { kind: 'user', waId, by: 'user_id', matchedBy: 'directory' };
      continue;
    }
    const ref = readUser(text, await directory.lookup(number, { texts: [text] }));
    if (ref.kind === 'user') return ref;
    nobody = ref;
  }
  return nobody;
}

/** The `wa_id` that each number keeps a user under, by the ID of the number. @param user.waId the one that was found. */
export async function waIdsAt(
  directory: UserDirectory,
  numbers: readonly NumberRecord[],
  { text, waId }: { readonly text: string; readonly waId: WaId },
): Promise<ReadonlyMap<string, WaId>> {
  // An ID or a username belongs to one portfolio. The phone behind it is the same everywhere.
  const isPhone = readUser(text, noIds).kind === 'user';
  const phone = isPhone ? text : shownWaId(waId);
  const waIds = numbers.map(async (number) => {
    if (phone === null) return [number.id, waId] as const;
    const ref = readUser(phone, await directory.lookup(number, { texts: [phone] }));
    return [number.id, ref.kind === 'user' ? ref.waId : waId] as const;
  });
  return new Map(await Promise.all(waIds));
}

const noIds = { issue: () => [], find: () => null };
