import {
  BlockhouseError,
  ConnectionError,
  RateLimitError,
  ServerError,
  TimeoutError,
  UnexpectedResponseError,
} from '../errors.ts';

/** The facts that decide whether a failed request is retried. */
export interface RetryState {
  readonly error: unknown;
  /** The number of retries so far. */
  readonly retried: number;
  /** The number of retries that are allowed. */
  readonly retries: number;
  /** The time until the deadline, in milliseconds. */
  readonly leftMs: number;
  /** From 0 to 1. */
  readonly random: number;
}

const firstWaitMs = 500;
const waitMaxMs = 30_000;

/**
 * No attempt begins with less time than this. It would probably end without a response, and replace a known
 * outcome with an unknown one.
 */
const attemptMinMs = 200;

/**
 * Decides whether to retry: with exponential backoff and jitter, or after the time of `Retry-After`. Retries
 * are safe, because blocking and unblocking are idempotent and listing changes nothing.
 * @returns the wait in milliseconds, or null to give up.
 */
export function retryWaitMs({ error, retried, retries, leftMs, random }: RetryState): number | null {
  if (retried >= retries || !isWorthRetrying(error, retried)) return null;
  const hintMs = error instanceof RateLimitError ? error.retryAfterMs : null;
  // Jitter spreads out clients that were refused at the same time.
  const backoffMs = Math.min(firstWaitMs * 2 ** retried, waitMaxMs) * (0.5 + random / 2);
  const waitMs = Math.ceil(hintMs === null ? backoffMs : hintMs + random * 100);
  return waitMs + attemptMinMs <= leftMs ? waitMs : null;
}

function isWorthRetrying(error: unknown, retried: number): boolean {
  // While a server still works on an earlier attempt, it refuses the next one with 409.
  if (error instanceof BlockhouseError && error.status === 409) return retried > 0;
  if (error instanceof ConnectionError || error instanceof TimeoutError) return true;
  if (error instanceof RateLimitError || error instanceof ServerError) return true;
  // The next response may be complete although this one was truncated or came from a proxy.
  return (
    error instanceof UnexpectedResponseError &&
    error.status !== null &&
    (error.status < 400 || error.status === 408)
  );
}
