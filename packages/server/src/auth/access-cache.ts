import type { Clock, KeyRecord, NumberRecord, Store } from '@blockhouse/engine';
import { BoundedMap } from '../shared/bounded-map.ts';

/** A key and a number that it opens. */
export interface KeyAtNumber {
  readonly key: KeyRecord;
  readonly number: NumberRecord;
}

const entriesMax = 10_000;

/**
 * A cache of the keys and numbers of recent requests, by token and number. An entry is valid until any key or
 * number changes, or the key expires. Nothing is cached if other processes share the store.
 */
export class AccessCache {
  readonly #store: Pick<Store, 'accessVersion'>;
  readonly #clock: Clock;
  #version: number | null = null;
  #entries = new BoundedMap<string, KeyAtNumber>(entriesMax);

  constructor(store: Pick<Store, 'accessVersion'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The current version of keys and numbers. Read it before you read the entry from the store. */
  get version(): number | null {
    return this.#store.accessVersion;
  }

  get(token: string, numberId: string): KeyAtNumber | null {
    if (this.#version === null || this.#version !== this.version) return null;
    const entry = this.#entries.get(cacheKeyOf(token, numberId));
    if (entry === undefined) return null;
    const { expiresAtMs } = entry.key;
    return expiresAtMs !== null && expiresAtMs <= this.#clock() ? null : entry;
  }

  /**
   * @param version the version before the entry was read. If it has changed since, the entry may be stale and
   * is not cached.
   */
  put(token: string, entry: KeyAtNumber, version: number | null): void {
    if (version === null || version !== this.version) return;
    if (version !== this.#version) this.#entries = new BoundedMap(entriesMax);
    this.#version = version;
    this.#entries.set(cacheKeyOf(token, entry.number.id), entry);
  }
}

/** The separator is a line break, which no header and no path contains. */
function cacheKeyOf(token: string, numberId: string): string {
  return `${token}\n${numberId}`;
}
