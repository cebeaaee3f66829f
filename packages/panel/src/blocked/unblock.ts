import { AmbiguousOutcome, type BlockDetails } from '@blockhouse/client';
import { refusalWords, unblockRefusalWords } from '../api/changes.ts';
import { blockhouse, wordsOf } from '../api/server.ts';
import { userKey } from '../i18n/format.ts';
import { t } from '../i18n/messages.ts';
import { notify, notifyFailure } from '../ui/notify.ts';

/** The outcome of an unblock. */
export interface Unblocked {
  readonly unblocked: readonly BlockDetails[];
  /** Why others are not. */
  readonly refused: readonly string[];
  /** Users whose outcome is unknown, and the reason; unblocking them again is safe. */
  readonly unknown: readonly BlockDetails[];
  readonly problem: string | null;
}

/** Unblocks users. @throws the problem, if nobody can have been unblocked. */
export async function unblock(number: string, rows: readonly BlockDetails[]): Promise<Unblocked> {
  try {
    const result = await blockhouse.unblock({ users: rows.map(userKey), numbers: [number] });
    return unblockedOf(rows, result, null);
  } catch (error) {
    if (!(error instanceof AmbiguousOutcome)) throw error;
    return unblockedOf(rows, error, wordsOf(error));
  }
}

function unblockedOf(
  rows: readonly BlockDetails[],
  { changed, refused }: Pick<AmbiguousOutcome, 'changed' | 'refused'>,
  problem: string | null,
): Unblocked {
  const done = new Set(changed.map(({ user }) => user));
  const settled = new Set([...changed, ...refused].map(({ user }) => user));
  return {
    unblocked: rows.filter((row) => done.has(userKey(row))),
    refused: [...new Set(refused.map(unblockRefusalWords))],
    unknown: rows.filter((row) => !settled.has(userKey(row))),
    problem,
  };
}

/**
 * Takes an unblock back: with the notes and ends that were there. Users who did not write within 24 hours cannot be
 * blocked again. They get a standing block, and the panel says so.
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
        notifyFailure(new Error(words), t('blocked.notUndone'));
    }
    if (again > 0) notify(t('blocked.undone', { count: again }));
    if (waiting > 0) notify(t('block.result.standing', { count: waiting }));
  } catch (error) {
    notifyFailure(error, t('blocked.notUndone'));
  }
}
