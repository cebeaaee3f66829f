import { type Clock, type RateLimit, type RateOutcome, type Store, takeToken } from '@blockhouse/engine';

const unlimited: RateOutcome = { allowed: true, usedPercent: 0 };

/** Limits the rate of each key at each number. The buckets are in the store, so all processes share them. */
export class RateLimiter {
  readonly #limit: RateLimit | null;
  readonly #store: Store;
  readonly #clock: Clock;

  /** @param limit null: there is no limit. */
  constructor(limit: RateLimit | null, { store, clock }: { store: Store; clock: Clock }) {
    this.#limit = limit;
    this.#store = store;
    this.#clock = clock;
  }

  /** Counts a request. The outcome is returned synchronously if the store has the buckets in memory. */
  take(keyId: string, numberId: string): RateOutcome | Promise<RateOutcome> {
    const limit = this.#limit;
    if (limit === null) return unlimited;
    return this.#store.bucket(numberId, keyId, (bucket) => takeToken(bucket, limit, this.#clock()));
  }
}
