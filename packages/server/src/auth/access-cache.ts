import type { Clock, KeyRecord, NumberRecord, Store } from '@blockhouse/engine';
import { BoundedMap } from '../shared/bounded-map.ts';

/** A key and a number that it opens. */
export interface KeyAtNumber {
  readonly key: KeyRecord;
  readonly number: NumberRecord;
}

const entriesMax = 10_000;

/**
 * The keys and numbers that requests were lately admitted with, by token and number. An entry holds as long as no key and no number
 * changes, and until the key expires. If other processes share the store, nothing is cached.
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

  /** The version of keys and numbers at this moment, to be read before an entry is looked up. */
  get version(): number | null {
    return this.#store.accessVersion;
  }

  get(token: string, numberId: string): KeyAtNumber | null {
    if (this.#version === null || this.#version !== this.version) return null;
    const entry = this.#entries.get(nameOf(token, numberId));
    if (entry === undefined) return null;
    const { expiresAtMs } = entry.key;
    return expiresAtMs !== null && expiresAtMs <= this.#clock() ? null : entry;
  }

  /** @param version the one from before the lookup. If it has changed since, the entry may be out of date and is not kept. */
  put(token: string, entry: KeyAtNumber, version: number | null): void {
    if (version === null || version !== this.version) return;
    if (version !== this.#version) this.#entries = new BoundedMap(entriesMax);
    this.#version = version;
    this.#entries.set(nameOf(token, entry.number.id), entry);
  }
}

/** No header and no path contains a line break. */
function nameOf(token: string, numberId: string): string {
  return `${token}\n${numberId}`;
}
