/** A sustained rate. It allows a burst of one second's worth. */
export interface RateLimit {
  readonly perSecond: number;
}

/**
 * The outcome of a request: allowed, with the fill level of the bucket, or refused, with the wait until there is
 * room.
 */
export type RateOutcome =
  | { readonly allowed: true; readonly usedPercent: number }
  | { readonly allowed: false; readonly retryAfterMs: number };

/** One bucket's memory: the instant at which it will be empty again, milliseconds since 1970. */
export interface Bucket {
  emptyAtMs: number;
}

/**
 * A token bucket in its one-number form (the generic cell rate algorithm), on the time it is given, so that it
 * follows a movable clock. A clock that was moved back does not lock anybody out for longer than a full bucket.
 *
 * @param waitMaxMs how long the caller is ready to wait for its token, which `waitMsOf` then says.
 */
export function takeToken(
  bucket: Bucket,
  { perSecond }: RateLimit,
  nowMs: number,
  waitMaxMs = 0,
): RateOutcome {
  const costMs = 1000 / perSecond;
  bucket.emptyAtMs = Math.min(Math.max(bucket.emptyAtMs, nowMs), nowMs + 1000 + waitMaxMs);
  const fillMs = bucket.emptyAtMs - nowMs + costMs;
  // A thousandth of a millisecond of tolerance: sums of costs such as 1000/3 are not exact.
  if (fillMs > 1000 + waitMaxMs + 0.001) return { allowed: false, retryAfterMs: Math.ceil(fillMs - 1000) };
  bucket.emptyAtMs = nowMs + fillMs;
  return { allowed: true, usedPercent: Math.round(fillMs / 10) };
}

/** How long the token that was taken last has to wait, in milliseconds. */
export function waitMsOf({ emptyAtMs }: Bucket, nowMs: number): number {
  return Math.max(0, emptyAtMs - nowMs - 1000);
}
