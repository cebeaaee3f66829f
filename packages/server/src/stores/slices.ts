import { setImmediate as nextTurn } from 'node:timers/promises';

/** A part of an ordered table: from a place to the place of its last row, both included; null: to the very end. */
export interface Slice<Place> {
  readonly from: Place;
  readonly to: Place | null;
}

/**
 * Cuts a table into slices of so many rows that one statement may look at them all. Reading what is filtered or sorted by
 * something else than the table's own order goes slice by slice, and the event loop turns in between.
 * @param options.endOf the place of the last row of the slice that begins at a place; null: fewer rows are left than a slice has.
 * @param options.next the place behind that row.
 */
export async function* slices<Place>(
  first: Place,
  options: {
    readonly endOf: (from: Place) => Promise<Place | null> | Place | null;
    readonly next: (to: Place) => Place;
  },
): AsyncGenerator<Slice<Place>, void> {
  for (let from = first; ; ) {
    const to = await options.endOf(from);
    yield { from, to };
    if (to === null) return;
    await nextTurn();
    from = options.next(to);
  }
}

/** Reads rows slice by slice until there are enough of them. */
export async function readSlices<Place, Row>(
  cut: AsyncIterable<Slice<Place>>,
  count: number,
  read: (slice: Slice<Place>, left: number) => Promise<readonly Row[]> | readonly Row[],
): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const slice of cut) {
    rows.push(...(await read(slice, count - rows.length)));
    if (rows.length >= count) break;
  }
  return rows;
}

/** The first rows of all slices in an order that is not the table's own. */
export async function firstOfSlices<Place, Row>(
  cut: AsyncIterable<Slice<Place>>,
  count: number,
  {
    read,
    compare,
  }: {
    readonly read: (slice: Slice<Place>) => readonly Row[];
    readonly compare: (one: Row, other: Row) => number;
  },
): Promise<Row[]> {
  let first: Row[] = [];
  for await (const slice of cut) first = [...first, ...read(slice)].sort(compare).slice(0, count);
  return first;
}

/** Compares texts by their code points, as databases compare them by their bytes in UTF-8. */
export function compareTexts(one: string, other: string): number {
  for (let index = 0; index < one.length && index < other.length; index++) {
    const [a, b] = [one.charCodeAt(index), other.charCodeAt(index)];
    if (a !== b) return rankOf(a) - rankOf(b);
  }
  return one.length - other.length;
}

/** Halves of surrogate pairs stand for code points above all that have one unit. */
function rankOf(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
