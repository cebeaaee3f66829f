import type { BlockDetails, Store, WaId } from '@blockhouse/engine';
import { BoundedMap } from '../../shared/bounded-map.ts';

/** Rows that are read together. */
const atOnce = 1000;

/** Notes are read again after this long, or when one was changed here. */
const ageMs = 2_000;

/** Numbers whose notes are kept for a while: the latest. */
const numbersKept = 32;

type Rows = ReadonlyMap<WaId, BlockDetails>;

/** Notes on users who were blocked from here, beside the list of a `cloud` number. */
export class Notes {
  readonly #store: Store;
  readonly #kept = new BoundedMap<string, { readonly readAtMs: number; readonly rows: Rows }>(numbersKept);

  constructor(store: Store) {
    this.#store = store;
  }

  async of(numberId: string): Promise<Rows> {
    const kept = this.#kept.get(numberId);
    if (kept !== undefined && performance.now() - kept.readAtMs < ageMs) return kept.rows;
    const rows = new Map<WaId, BlockDetails>();
    for (let after: { value: number | string; waId: WaId } | null = null; ; ) {
      const query = { sort: 'blocked_at', search: null, waId: null, after, count: atOnce } as const;
      const page: BlockDetails[] = await this.#store.blocks(numberId, query);
      for (const row of page) rows.set(row.waId, row);
      const last = page.at(-1);
      if (last === undefined || page.length < atOnce) break;
      after = { value: last.place, waId: last.waId };
    }
    this.#kept.set(numberId, { readAtMs: performance.now(), rows });
    return rows;
  }

  /** Something about them has changed. */
  forget(numberId: string): void {
    this.#kept.delete(numberId);
  }
}
