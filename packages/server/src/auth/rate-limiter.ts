import { type Clock, type RateLimit, type RateOutcome, type Store, takeToken } from '@blockhouse/engine';

/** One bucket per key and number, in the store: all processes on it count together. */
export class RateLimiter {
  readonly #limit: RateLimit | null;
  readonly #store: Store;
  readonly #clock: Clock;

  /** @param limit null: everything is allowed. */
  constructor(limit: RateLimit | null, { store, clock }: { store: Store; clock: Clock }) {
    this.#limit = limit;
    this.#store = store;
    this.#clock = clock;
  }

  async take(keyId: string, numberId: string): Promise<RateOutcome> {
    const limit = this.#limit;
    if (limit === null) return { allowed: true, usedPercent: 0 };
    return await this.#store.bucket(numberId, keyId, (bucket) => takeToken(bucket, limit, this.#clock()));
  }
}
