import {
  AmbiguousOutcome,
  type Blockhouse,
  type BulkOptions,
  type BulkResult,
  type ChangedUser,
  type ChangeOptions,
  type Refusal,
  type User,
} from '@blockhouse/client';
import { interruption } from './interrupt.ts';
import { progressBar } from './progress.ts';
import { openUsers, type Report, reportOfFailure } from './report.ts';

/** The outcomes of users, as far as the call succeeded. */
export type Done = Pick<Report, 'changed' | 'standing' | 'refused'>;

/** Works through users; throws what it could not finish, with what is known. */
export type Work = (users: readonly User[], options: ChangeOptions) => Promise<Done>;

/** Does work with a progress bar, and lets it end in good order when it is interrupted. */
export async function runWithProgress(
  work: Work,
  users: readonly User[],
): Promise<{ report: Report; interrupted: boolean }> {
  const bar = progressBar(users.length);
  const { stop, abort, dispose } = interruption(() => {
    bar.stop();
    process.stderr.write('Stopping after the current request. Interrupt again to abandon it.\n');
  });
  const onProgress = ({ done, refused }: { done: number; refused: number }) => bar.update(done, refused);
  let known: AmbiguousOutcome | null = null;
  const onUnfinished = (what: AmbiguousOutcome) => {
    known = what;
  };
  try {
    const result = await work(users, { stop, signal: abort, onProgress, onUnfinished });
    return { report: { ...result, unknown: [], remaining: [], cause: null }, interrupted: false };
  } catch (error) {
    return { report: reportOfFailure(users, known ?? error), interrupted: stop.aborted };
  } finally {
    bar.stop();
    dispose();
  }
}

/** As many users as the server processes at a time, for each number. */
const batchMax = 1000;

/** Work by a bulk call of Blockhouse, a thousand users at a time, so that it can end between two. */
export function bulkWork(
  blockhouse: Blockhouse,
  ask: (blockhouse: Blockhouse, users: readonly User[], options: BulkOptions) => Promise<BulkResult>,
): Work {
  return async (users, { stop, signal, onProgress }) => {
    const changed: ChangedUser[] = [];
    const standing: ChangedUser[] = [];
    const refused: Refusal[] = [];
    for (let start = 0; start < users.length; start += batchMax) {
      const batch = users.slice(start, start + batchMax);
      const rest = users.slice(start + batchMax);
      const known = { changed, standing, refused };
      if (stop?.aborted)
        throw new AmbiguousOutcome(
          { ...known, unknown: [], remaining: openUsers([...batch, ...rest]) },
          stop.reason,
        );
      let left: AmbiguousOutcome | null = null;
      const onUnfinished = (what: AmbiguousOutcome) => {
        left = what;
      };
      try {
        const result = await ask(blockhouse, batch, { ...(signal && { signal }), onUnfinished });
        changed.push(...result.changed);
        standing.push(...result.standing);
        refused.push(...result.refused);
      } catch (error) {
        const report = reportOfFailure(batch, left ?? error);
        const all = {
          changed: [...changed, ...report.changed],
          standing: [...standing, ...report.standing],
          refused: [...refused, ...report.refused],
          unknown: report.unknown,
          remaining: [...report.remaining, ...openUsers(rest)],
        };
        throw new AmbiguousOutcome(all, report.cause);
      }
      onProgress?.({
        done: start + batch.length - refused.length,
        refused: refused.length,
        total: users.length,
      });
    }
    return { changed, standing, refused };
  };
}
