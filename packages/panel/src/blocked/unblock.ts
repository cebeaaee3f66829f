import {
  AmbiguousOutcome,
  type BlockDetails,
  type BulkOptions,
  type BulkResult,
  type User,
} from '@blockhouse/client';
import { refusalWords, unblockRefusalWords } from '../api/changes.ts';
import { blockhouse, wordsOf } from '../api/server.ts';
import { userKey } from '../i18n/format.ts';
import { t } from '../i18n/messages.ts';
import { notify, notifyFailure } from '../ui/notify.ts';

/** How a change of many users is followed, and stopped. */
export type Watch = Pick<BulkOptions, 'signal' | 'onProgress'>;

/** The outcome of a change of blocks. */
export interface Changed {
  readonly changed: readonly BlockDetails[];
  /** Why others are not. */
  readonly refused: readonly string[];
  /** Users whose outcome is unknown, or who were not tried; changing them again is safe. */
  readonly open: readonly BlockDetails[];
  /** Null: it was carried out to its end. */
  readonly problem: string | null;
  /** A person has stopped it. */
  readonly isStopped: boolean;
}

/** Unblocks users. @throws the problem, if nobody can have been unblocked. */
export function unblock(number: string, rows: readonly BlockDetails[], watch: Watch = {}): Promise<Changed> {
  const request = { users: rows.map(userKey), numbers: [number] };
  return changeRows(rows, (options) => blockhouse.unblock(request, options), {
    watch,
    inWords: unblockRefusalWords,
  });
}

/** Changes the reasons and the ends of blocks; what is left out stays. @throws the problem, if nothing can have changed. */
export function changeTerms(
  number: string,
  rows: readonly BlockDetails[],
  { terms, watch }: { terms: { readonly note?: string; readonly until?: string | null }; watch: Watch },
): Promise<Changed> {
  const request = { users: rows.map(userKey), numbers: [number], ...terms };
  return changeRows(rows, (options) => blockhouse.block(request, options), { watch, inWords: refusalWords });
}

async function changeRows(
  rows: readonly BlockDetails[],
  make: (options: BulkOptions) => Promise<BulkResult>,
  { watch, inWords }: { readonly watch: Watch; readonly inWords: typeof refusalWords },
): Promise<Changed> {
  let known: AmbiguousOutcome | null = null;
  try {
    const result = await make({ ...watch, onUnfinished: (outcome) => (known = outcome) });
    return changedOf(rows, result, { inWords, problem: null, isStopped: false });
  } catch (error) {
    const isStopped = watch.signal?.aborted === true;
    const outcome = error instanceof AmbiguousOutcome ? error : isStopped ? known : null;
    if (outcome === null && !isStopped) throw error;
    const problem = isStopped ? t('block.stopped') : wordsOf(error);
    return changedOf(rows, outcome ?? { changed: [], refused: [] }, { inWords, problem, isStopped });
  }
}

function changedOf(
  rows: readonly BlockDetails[],
  {
    changed,
    refused,
  }: { readonly changed: readonly { readonly user: User }[]; readonly refused: AmbiguousOutcome['refused'] },
  { inWords, ...rest }: Pick<Changed, 'problem' | 'isStopped'> & { readonly inWords: typeof refusalWords },
): Changed {
  const done = new Set(changed.map(({ user }) => user));
  const settled = new Set([...changed, ...refused].map(({ user }) => user));
  return {
    ...rest,
    changed: rows.filter((row) => done.has(userKey(row))),
    refused: [...new Set(refused.map(inWords))],
    open: rows.filter((row) => !settled.has(userKey(row))),
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
