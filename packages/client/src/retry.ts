import {
  BlockhouseError,
  ConnectionError,
  RateLimitError,
  ServerError,
  TimeoutError,
  UnexpectedAnswerError,
} from './errors.ts';

/** The facts of the decision. */
export interface RetryState {
  readonly error: unknown;
  /** Retries that were made already. */
  readonly retried: number;
  /** Retries that are allowed; 0 means none. */
  readonly retries: number;
  /** Time left until the caller's deadline, in milliseconds. */
  readonly leftMs: number;
  /** Between 0 and 1. */
  readonly random: number;
}

const firstWaitMs = 500;
const waitMaxMs = 30_000;

/** An attempt with less time than this is not begun: it would rather end without an answer, and take a known outcome away. */
const attemptMinMs = 200;

/**
 * Whether to try again, and after how long. All calls of this API may be repeated: blocking and unblocking are idempotent,
 * listing changes nothing.
 * @returns the wait in milliseconds; null: no more.
 */
export function retryWaitMs({ error, retried, retries, leftMs, random }: RetryState): number | null {
  if (retried >= retries || !isWorthRetrying(error, retried)) return null;
  const hintMs = error instanceof RateLimitError ? error.retryAfterMs : null;
  // The server's hint wins over our own growing wait; jitter keeps clients apart that were refused together.
  const ownMs = Math.min(firstWaitMs * 2 ** retried, waitMaxMs) * (0.5 + random / 2);
  const waitMs = Math.ceil(hintMs === null ? ownMs : hintMs + random * 100);
  return waitMs + attemptMinMs <= leftMs ? waitMs : null;
}

function isWorthRetrying(error: unknown, retried: number): boolean {
  // A server may still be at work on the attempt before, and then refuses this one.
  if (error instanceof BlockhouseError && error.status === 409) return retried > 0;
  // A truncated body or a proxy's page says nothing of the next answer.
  if (error instanceof ConnectionError || error instanceof TimeoutError) return true;
  if (error instanceof RateLimitError || error instanceof ServerError) return true;
  return (
    error instanceof UnexpectedAnswerError &&
    error.status !== null &&
    (error.status < 400 || error.status === 408)
  );
}
