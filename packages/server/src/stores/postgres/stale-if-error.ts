import { StoreUnavailable } from '@blockhouse/engine';
import { BoundedMap } from '../../shared/bounded-map.ts';

/** For how long an earlier answer may be given, and how long a read may take before it is, in milliseconds. */
const staleMaxMs = 60_000;
const patienceMs = 1_000;

/** Names that do not exist are kept apart, so that lookups of them cannot push out those that do. */
const foundMax = 10_000;
const missingMax = 1_000;

interface Answer<Value> {
  readonly value: Value | null;
  readonly atMs: number;
}

/**
 * Looks up what every request needs, such as its key. While the database answers, every lookup reads it. While it does
 * not, the last answer is given, for a minute at most: on a cluster these rows are on the coordinator, and numbers on
 * other nodes do not need it.
 */
export class StaleIfError<Value> {
  readonly #read: (name: string) => Promise<Value | null>;
  readonly #now: () => number;
  readonly #found = new BoundedMap<string, Answer<Value>>(foundMax);
  readonly #missing = new BoundedMap<string, Answer<Value>>(missingMax);
  /** Since when the database owes an answer; null: it owes none. */
  #waitingSinceMs: number | null = null;

  /** @param now the time in milliseconds, from any origin. */
  constructor(read: (name: string) => Promise<Value | null>, now: () => number = () => performance.now()) {
    this.#read = read;
    this.#now = now;
  }

  /** @throws StoreUnavailable when the database does not answer, and there is no answer of the last minute. */
  async load(name: string): Promise<Value | null> {
    const isSlow = this.#waitingSinceMs !== null && this.#now() - this.#waitingSinceMs > patienceMs;
    const reading = this.#readFresh(name);
    const known = this.#known(name);
    if (isSlow && known !== undefined) {
      reading.catch(() => {});
      return known.value;
    }
    try {
      return await reading;
    } catch (error) {
      const last = this.#known(name);
      if (last === undefined || !(error instanceof StoreUnavailable)) throw error;
      return last.value;
    }
  }

  async #readFresh(name: string): Promise<Value | null> {
    this.#waitingSinceMs ??= this.#now();
    const value = await this.#read(name);
    this.#waitingSinceMs = null;
    const [kept, other] = value === null ? [this.#missing, this.#found] : [this.#found, this.#missing];
    other.delete(name);
    kept.set(name, { value, atMs: this.#now() });
    return value;
  }

  #known(name: string): Answer<Value> | undefined {
    const known = this.#found.get(name) ?? this.#missing.get(name);
    return known === undefined || this.#now() - known.atMs > staleMaxMs ? undefined : known;
  }
}
