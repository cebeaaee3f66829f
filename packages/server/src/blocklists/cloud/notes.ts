import type { BlockedUser } from '@blockhouse/client';
import {
  type BlockDetails,
  type Clock,
  decideRemovedElsewhere,
  type NumberRecord,
  type Store,
  type WaId,
} from '@blockhouse/engine';
import { BoundedMap } from '../../shared/bounded-map.ts';
import type { UserDirectory } from '../../users/directory.ts';
import { unnamed } from './live-facts.ts';
import { isListed, type LiveList, wouldBeFound } from './live-list.ts';
import { targetsFor } from './targets-for.ts';

/** Rows that are read together. */
const rowsPerRead = 1000;

/** Notes are read again after this long, or when one was changed here. */
const ageMs = 2_000;

/** Numbers whose notes are kept for a while: the latest. */
const numbersKept = 32;

/** Meta's list may show a change a little late: a user who was blocked this recently and is not on it is not gone. */
const settleMs = 60_000;

type Rows = ReadonlyMap<WaId, BlockDetails>;

/** A row of the live list, with what is known of it here; null: it was blocked elsewhere. */
export interface LiveRow {
  /** As the platform names them. */
  readonly shownWaId: string | null;
  readonly userId: string | null;
  readonly note: BlockDetails | null;
}

/** Notes on users who were blocked from here, beside the list of a `cloud` number: person, reason and expiry. */
export class Notes {
  readonly #store: Store;
  readonly #names: UserDirectory;
  readonly #clock: Clock;
  readonly #kept = new BoundedMap<string, { readonly readAtMs: number; readonly rows: Rows }>(numbersKept);

  constructor(options: { store: Store; names: UserDirectory; clock: Clock }) {
    this.#store = options.store;
    this.#names = options.names;
    this.#clock = options.clock;
  }

  /**
   * Rows of the list with what is known here of each: mostly under the row's own phone, else under any name of its
   * user.
   */
  async join(number: NumberRecord, listed: readonly BlockedUser[]): Promise<readonly LiveRow[]> {
    const notes = await this.#of(number.id);
    const noteOf = new Map<string, BlockDetails>();
    for (const { waId } of listed) {
      const note = waId === null ? undefined : notes.get(Number(waId));
      if (waId !== null && note !== undefined) noteOf.set(waId, note);
    }
    const left = [...notes.values()].filter(({ waId }) => !noteOf.has(String(waId)));
    const users = left.map(({ waId }) => waId);
    const names = await this.#names.rowNames(number, users);
    for (const note of left) {
      const { known, variants } = names.get(note.waId) ?? unnamed;
      for (const name of [...known, ...variants]) if (!noteOf.has(name)) noteOf.set(name, note);
    }
    return listed.map(({ waId, userId }) => ({
      shownWaId: waId,
      userId,
      note: (waId !== null && noteOf.get(waId)) || (userId !== null && noteOf.get(userId)) || null,
    }));
  }

  /**
   * Joins the whole list, and removes the notes on users who are no longer on it.
   * @param askedAtMs when the list was asked for.
   */
  async joinAll(number: NumberRecord, list: LiveList, askedAtMs: number): Promise<readonly LiveRow[]> {
    const notes = await this.#of(number.id);
    const rows = await this.join(number, list.rows);
    const found = new Set(rows.flatMap(({ note }) => note?.waId ?? []));
    const sinceBeforeMs = askedAtMs - settleMs;
    const gone = [...notes.values()]
      .filter(({ waId, blockedAtMs }) => !found.has(waId) && blockedAtMs < sinceBeforeMs)
      .map(({ waId }) => waId);
    if (gone.length > 0) await this.remove(number, gone, { source: 'elsewhere', sinceBeforeMs });
    return rows;
  }

  /** Removes the notes on users who were unblocked elsewhere, so that a new block does not continue the old one. */
  async removeUnlisted(number: NumberRecord, list: LiveList, noted: readonly WaId[]): Promise<void> {
    const names = await this.#names.rowNames(number, noted);
    const gone = noted.filter((waId) => {
      const name = names.get(waId) ?? unnamed;
      return wouldBeFound(list, name) && isListed(list, name) === null;
    });
    const sinceBeforeMs = this.#clock() - settleMs;
    if (gone.length > 0) await this.remove(number, gone, { source: 'elsewhere', sinceBeforeMs });
  }

  /**
   * Removes the notes on users whose blocks have ended.
   * @param how.sinceBeforeMs blocks that began later stay.
   */
  async remove(
    number: NumberRecord,
    users: readonly WaId[],
    how: { readonly source: 'elsewhere' | 'until'; readonly sinceBeforeMs?: number },
  ): Promise<void> {
    const atMs = this.#clock();
    const gone = (await targetsFor(this.#names, number, users)).map(({ input, ref }) => ({
      waId: ref.waId,
      input,
    }));
    await this.#store.change(number.id, { users }, (facts) =>
      decideRemovedElsewhere(facts, gone, { atMs, ...how }),
    );
    this.forget(number.id);
  }

  /** Something about the notes has changed: they are read again. */
  forget(numberId: string): void {
    this.#kept.delete(numberId);
  }

  async #of(numberId: string): Promise<Rows> {
    const kept = this.#kept.get(numberId);
    if (kept !== undefined && performance.now() - kept.readAtMs < ageMs) return kept.rows;
    const rows = new Map<WaId, BlockDetails>();
    for (let after: { value: number | string; waId: WaId } | null = null; ; ) {
      const query = { sort: 'blocked_at', search: null, waId: null, after, count: rowsPerRead } as const;
      const page: BlockDetails[] = await this.#store.blocks(numberId, query);
      for (const row of page) rows.set(row.waId, row);
      const last = page.at(-1);
      if (last === undefined || page.length < rowsPerRead) break;
      after = { value: last.place, waId: last.waId };
    }
    this.#kept.set(numberId, { readAtMs: performance.now(), rows });
    return rows;
  }
}
