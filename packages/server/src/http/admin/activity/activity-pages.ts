import { setImmediate } from 'node:timers/promises';
import { type ActivityRow, type NumberRecord, neverEnds } from '@blockhouse/engine';
import type { Services } from '../../../services.ts';
import { decodeKeysetCursor, encodeKeysetCursor } from '../keyset-cursor.ts';
import type { Filters } from './activity-filters.ts';

/** How many lists are read at a time, before other requests have their turn. */
const listsAtOnce = 50;

/** How many entries an export reads at a time. */
const exportedAtOnce = 1000;

/** An entry with the ID of the number that it belongs to. */
export interface Entry {
  readonly number: string;
  readonly row: ActivityRow;
}

/** The position of an entry in the order of all numbers. */
export interface Position {
  readonly atMs: number;
  readonly number: string;
  readonly entry: number;
}

/**
 * Reads one page over several numbers, newest first. Entries of the same moment are in the order of their numbers,
 * and those of one number latest first. A position in this order does not move when entries are added.
 */
export async function readPage(
  { store }: Services,
  numbers: readonly NumberRecord[],
  { toMs, users, ...filters }: Filters,
  before: Position | null,
  count: number,
): Promise<readonly Entry[]> {
  const lists = numbers.flatMap(({ id }) => (users?.get(id) ?? [null]).map((waId) => ({ id, waId })));
  let page: readonly Entry[] = [];
  for (let from = 0; from < lists.length; from += listsAtOnce) {
    // An entry that is older than all of a full page cannot be on the page.
    const oldestMs = page.length < count ? 0 : (page.at(-1)?.row.atMs ?? 0);
    const fromMs = Math.max(filters.fromMs ?? 0, oldestMs);
    const found = await Promise.all(
      lists.slice(from, from + listsAtOnce).map(async ({ id, waId }) => {
        const start = before === null ? null : startOf(id, before);
        const end = toMs === null ? null : { atMs: toMs, entry: 0 };
        const rows = await store.activity(id, { ...filters, waId, fromMs, before: start ?? end, count });
        return rows.map((row): Entry => ({ number: id, row }));
      }),
    );
    page = [...page, ...found.flat()].sort(inOrder).slice(0, count);
    await setImmediate();
  }
  return page;
}

/** Reads all entries, a page at a time. */
export async function* readAll(
  services: Services,
  numbers: readonly NumberRecord[],
  filters: Filters,
): AsyncGenerator<Entry> {
  for (let before: Position | null = null; ; ) {
    const page: readonly Entry[] = await readPage(services, numbers, filters, before, exportedAtOnce);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    before = positionOf(last);
  }
}

export function encodePosition(entry: Entry): string {
  const { atMs, number, entry: index } = positionOf(entry);
  return encodeKeysetCursor([atMs, number, index]);
}

export function decodePosition(query: unknown): Position | null {
  const parts = decodeKeysetCursor(query, ['number', 'string', 'number']);
  if (parts === null) return null;
  const [atMs, number, entry] = parts;
  return { atMs: Number(atMs), number: String(number), entry: Number(entry) };
}

function positionOf({ number, row }: Entry): Position {
  return { atMs: row.atMs, number, entry: row.entry };
}

function inOrder(a: Entry, b: Entry): number {
  return b.row.atMs - a.row.atMs || compare(a.number, b.number) || b.row.entry - a.row.entry;
}

/** Where one number's entries behind a position begin. */
function startOf(number: string, before: Position): { atMs: number; entry: number } {
  const order = compare(number, before.number);
  return { atMs: before.atMs, entry: order < 0 ? 0 : order === 0 ? before.entry : neverEnds };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
