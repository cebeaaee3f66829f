import type { BlockDetails } from '@blockhouse/client';
import { refusalWords } from '../api/changes.ts';
import { blockhouse } from '../api/server.ts';
import { userKey } from '../format.ts';
import { t } from '../messages.ts';
import { tell, tellFailure } from '../ui/tell.ts';

/** Unblocks users; answers those who are, and why others are not. */
export async function unblock(
  number: string,
  rows: readonly BlockDetails[],
): Promise<{ readonly unblocked: readonly BlockDetails[]; readonly refused: readonly string[] }> {
  const { changed, refused } = await blockhouse.unblock({ users: rows.map(userKey), numbers: [number] });
  const done = new Set(changed.map(({ user }) => user));
  const words = new Set(refused.map(refusalWords));
  return { unblocked: rows.filter((row) => done.has(userKey(row))), refused: [...words] };
}

/**
 * Takes an unblock back: with the notes and ends that were there. Who did not write within 24 hours cannot be blocked any more; for
 * them a standing block is placed, and that is said.
 */
export async function blockAgain(number: string, rows: readonly BlockDetails[]): Promise<void> {
  const groups = Map.groupBy(rows, ({ note, until }) => JSON.stringify([note, until]));
  let again = 0;
  let waiting = 0;
  try {
    for (const group of groups.values()) {
      const [first] = group;
      const { changed, standing, refused } = await blockhouse.block({
        users: group.map(userKey),
        numbers: [number],
        whenClosed: 'standing',
        ...(first?.note != null && { note: first.note }),
        ...(first?.until != null && { until: first.until }),
      });
      again += changed.length;
      waiting += standing.length;
      for (const words of new Set(refused.map(refusalWords)))
        tellFailure(new Error(words), t.blocked.notUndone);
    }
    if (again > 0) tell(t.blocked.undone(again));
    if (waiting > 0) tell(t.block.result.standing(waiting, String(waiting)));
  } catch (error) {
    tellFailure(error, t.blocked.notUndone);
  }
}
