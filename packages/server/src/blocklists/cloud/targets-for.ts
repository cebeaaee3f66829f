import type { NumberRecord, WaId } from '@blockhouse/engine';
import type { UserDirectory } from '../../users/directory.ts';
import { shownWaId } from '../../users/names.ts';

/** Users as targets of a request to Meta, named by what is stored about them. */
export async function targetsFor(names: UserDirectory, number: NumberRecord, users: readonly WaId[]) {
  const ids = (await names.lookup(number, { waIds: users })).issue(users);
  return users.map((waId, index) => {
    // An ID that Meta knows is better than a phone that it may not show any more.
    const phone = shownWaId(waId);
    const by = phone === null ? ('user_id' as const) : ('phone' as const);
    return { input: phone ?? ids[index] ?? 'unknown', ref: { kind: 'user' as const, waId, by } };
  });
}
