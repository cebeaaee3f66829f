/** Keys that a table counts at most; more are not counted until others have expired. */
const keysMax = 1 << 20;
const capacityMin = 1 << 10;

/** A 53-bit hash of a text (cyrb53). Two keys among a million share one about once in ten thousand tables. */
export function hashKey(text: string): number {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  // Zero marks a free slot.
  return 4294967296 * (2097151 & low) + (high >>> 0) || 1;
}

/**
 * Counts by key over a span that ends now: the sliding window counter. It keeps the count of the present span and of
 * the one before, and takes from the latter the share that the window still covers. A count is exact while a key is
 * new, and later off by at most the uneven arrival within one span. It need not be a whole number. A key takes 24 bytes,
 * and expires after two spans.
 */
export class SlidingCounts {
  readonly #spanMs: number;
  #keys = new Float64Array(capacityMin);
  #spans = new Float64Array(capacityMin);
  #now = new Uint32Array(capacityMin);
  #before = new Uint32Array(capacityMin);
  #used = 0;
  #latestMs = 0;

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  /** Counts, and returns the count of the window. A clock that was moved back counts as if it had not been. */
  add(key: number, atMs: number, count = 1): number {
    this.#latestMs = Math.max(this.#latestMs, atMs);
    const slot = this.#slotOf(key);
    if (slot === null) return count;
    const span = Math.floor(this.#latestMs / this.#spanMs);
    const age = span - (this.#spans[slot] ?? 0);
    if (age > 0) this.#before[slot] = age === 1 ? (this.#now[slot] ?? 0) : 0;
    if (age > 0) this.#now[slot] = 0;
    this.#spans[slot] = span;
    this.#now[slot] = (this.#now[slot] ?? 0) + count;
    return this.#count(slot);
  }

  /** The count of the window, without another one. */
  get(key: number, atMs: number): number {
    return this.add(key, atMs, 0);
  }

  #count(slot: number): number {
    const share = 1 - (this.#latestMs % this.#spanMs) / this.#spanMs;
    return (this.#now[slot] ?? 0) + (this.#before[slot] ?? 0) * share;
  }

  /** The slot of a key, which may be new; null: there is no room. */
  #slotOf(key: number): number | null {
    const mask = this.#keys.length - 1;
    for (let slot = key % (mask + 1); ; slot = (slot + 1) & mask) {
      const found = this.#keys[slot];
      if (found === key) return slot;
      if (found !== 0) continue;
      if (this.#used * 2 >= this.#keys.length) return this.#makeRoom() ? this.#slotOf(key) : null;
      this.#keys[slot] = key;
      this.#spans[slot] = Math.floor(this.#latestMs / this.#spanMs);
      this.#used++;
      return slot;
    }
  }

  /** Drops keys that have expired, and grows if those that are left need it. Answers whether there is room now. */
  #makeRoom(): boolean {
    const [keys, spans, now, before] = [this.#keys, this.#spans, this.#now, this.#before];
    const oldest = Math.floor(this.#latestMs / this.#spanMs) - 1;
    const isAlive = (slot: number) => keys[slot] !== 0 && (spans[slot] ?? 0) >= oldest;
    let alive = 0;
    for (let slot = 0; slot < keys.length; slot++) if (isAlive(slot)) alive++;
    if (alive >= keysMax) return false;
    const capacity = alive * 4 > keys.length ? keys.length * 2 : keys.length;
    this.#keys = new Float64Array(capacity);
    this.#spans = new Float64Array(capacity);
    this.#now = new Uint32Array(capacity);
    this.#before = new Uint32Array(capacity);
    this.#used = 0;
    for (let slot = 0; slot < keys.length; slot++) {
      if (!isAlive(slot)) continue;
      const moved = this.#slotOf(keys[slot] ?? 0);
      if (moved === null) continue;
      this.#spans[moved] = spans[slot] ?? 0;
      this.#now[moved] = now[slot] ?? 0;
      this.#before[moved] = before[slot] ?? 0;
    }
    return true;
  }
}
