import { setTimeout as pause } from 'node:timers/promises';
import { StoreUnavailable } from '@blockhouse/engine';
import { CommitUnknown } from './connections.ts';

const firstWaitMs = 10;
const waitMaxMs = 250;

/**
 * Repeats what failed for a reason that passes: a database that restarts, a connection that was lost, a failover, a
 * deadlock. `work` must be safe to repeat; after {@link CommitUnknown} only if it finds out by itself.
 * @param options.deadlineMs how long a caller waits, at most.
 * @param options.closing nothing is repeated once it is aborted.
 * @param options.settlesUnknown whether `work` finds out whether an earlier run was committed.
 * @throws StoreUnavailable after the deadline.
 */
export async function withRetry<Answer>(
  work: () => Promise<Answer>,
  {
    deadlineMs,
    settlesUnknown = false,
    closing,
  }: { deadlineMs: number; settlesUnknown?: boolean; closing?: AbortSignal | undefined },
): Promise<Answer> {
  const startMs = performance.now();
  let wasUnknown = false;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, waitMaxMs)) {
    try {
      return await work();
    } catch (error) {
      const isUnknown = error instanceof CommitUnknown;
      wasUnknown ||= isUnknown;
      const mayPass = isUnknown || isPassing(error);
      // Once it is unknown whether an attempt was committed, no other failure shows that it was not.
      if (!mayPass && !wasUnknown) throw error;
      const isOver = performance.now() - startMs + waitMs > deadlineMs || closing?.aborted;
      if (!mayPass || isOver || (isUnknown && !settlesUnknown)) {
        throw new StoreUnavailable('the database does not answer', { cause: error });
      }
      await pause(waitMs, undefined, closing === undefined ? {} : { signal: closing }).catch(() => {});
    }
  }
}

/**
 * SQLSTATEs of conditions that pass by themselves: lost connections (08), too many (53), conflicts between
 * transactions (40), and a lock that was not given. Others are about a canceled statement, or a server that stops,
 * starts or has become a standby.
 */
const passingStates = /^(08...|53[03]..|40...|55P03|57014|57P0[1-5]|25006|25P03)$/;

const passingCodes: readonly string[] = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
];

/** Errors of the driver that have no code. */
const passingWords =
  /^(Connection terminated|timeout exceeded|Query read timeout|Client (was closed|has encountered))/;

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // A name with several addresses fails with one error for each.
  if (error instanceof AggregateError) return error.errors.every(isPassing);
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && (passingStates.test(code) || passingCodes.includes(code))) return true;
  return passingWords.test(error.message);
}
