import type { Facts, WaId } from '@blockhouse/engine';
import type { RowNames } from '../../users/directory.ts';
import { isListed, type LiveList } from './live-list.ts';

/** A list without users. */
export const emptyList: LiveList = { rows: [], names: new Set(), hasHidden: false };

/** A user without any known name. */
export const unnamed: RowNames = { known: [], variants: [], hasId: false };

/** The facts of the store, corrected by the platform's list: the users on it are blocked, and no others. */
export function correctFacts(list: LiveList, facts: Facts, names: ReadonlyMap<WaId, RowNames>): Facts {
  const corrected = new Map(facts.users);
  for (const [waId, name] of names) {
    const user = facts.users.get(waId);
    if (user === undefined) continue;
    const blocked = isListed(list, name) !== null;
    corrected.set(waId, { ...user, blocked, block: blocked ? user.block : null });
  }
  return { ...facts, users: corrected };
}
