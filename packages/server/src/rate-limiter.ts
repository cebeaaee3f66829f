import { type Bucket, type Clock, type RateLimit, type RateOutcome, takeToken } from '@blockhouse/engine';

/**
 * One bucket per key and number, on the process's own clock. Both sides of a bucket's name are registered things,
 * so there are never more buckets than keys × numbers.
 */
export class RateLimiter {
  readonly #limit: RateLimit | null;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  /** @param limit null: everything is allowed. */
  constructor(limit: RateLimit | null, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Empties all buckets. */
  reset(): void {
    this.#buckets.clear();
  }

  take(keyId: string, numberId: string): RateOutcome {
    if (this.#limit === null) return { allowed: true, usedPercent: 0 };
    const name = `${keyId} ${numberId}`;
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = { emptyAtMs: 0 };
      this.#buckets.set(name, bucket);
    }
    return takeToken(bucket, this.#limit, this.#clock());
  }
}
