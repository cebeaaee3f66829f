import { type Cursor, encodeCursor } from './cursor.ts';
import { pageDefault, pageMax } from './limits.ts';
import type { WaId } from './phone.ts';

/** A row of a blocklist, as a store hands it out. */
export interface BlockRow {
  readonly waId: WaId;
  /** Where the store keeps the row; grows along the list, with gaps. */
  readonly position: number;
  /** The business may not see this user's phone: the row is shown by `user_id` alone. */
  readonly phoneHidden: boolean;
}

/** Consecutive rows of one number's blocklist, oldest block first, all read at one version. */
export interface BlockRows {
  readonly version: number;
  /** Rows in the whole list. */
  readonly size: number;
  readonly rows: readonly BlockRow[];
}

/** The rows that a store has to read: `count` rows from index `start`. */
export interface RowRange {
  readonly start: number;
  readonly count: number;
  /**
   * A neighbor of the range whose position is known: the row just before it (`after`) or just behind it (`before`).
   * Null: the store counts from the beginning of the list.
   */
  readonly seek: { readonly after: number } | { readonly before: number } | null;
}

/** A request for a page: `after` takes precedence when both cursors are given, as in Graph. */
export interface PageRequest {
  readonly limit: number;
  readonly after: Cursor | null;
  readonly before: Cursor | null;
}

/** A page as it is answered. */
export interface Page {
  readonly rows: readonly BlockRow[];
  /** Null when the page is empty. */
  readonly paging: Paging | null;
}

/** The cursors of a page: `before` is its first row, `after` its last. */
export interface Paging {
  readonly before: string;
  readonly after: string;
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
}

/** The limit that a page keeps: 25 when none is asked for, at most 1,000. */
export function pageLimit(asked: number | null): number {
  return Math.min(asked ?? pageDefault, pageMax);
}

/** The cursor that a request stands on, if any. */
export function cursorOf(request: PageRequest): Cursor | null {
  return request.after ?? request.before;
}

/** Which rows answer a request. */
export function rowRange({ limit, after, before }: PageRequest): RowRange {
  if (after !== null) {
    const seek = after.position === null ? null : { after: after.position };
    return { start: after.offset + 1, count: limit, seek };
  }
  if (before !== null) {
    const start = Math.max(0, before.offset - limit);
    const seek = before.position === null ? null : { before: before.position };
    return { start, count: before.offset - start, seek };
  }
  return { start: 0, count: limit, seek: null };
}

/**
 * The page made of what was read.
 * @returns `conflict` when the list is no longer the one that the request's cursor was made on (139102).
 */
export function makePage(request: PageRequest, range: RowRange, read: BlockRows): Page | 'conflict' {
  const cursor = cursorOf(request);
  if (cursor !== null && cursor.version !== read.version) return 'conflict';
  const known = pages.get(read);
  if (known?.start === range.start) return known.page;
  const page = pageOf(range, read);
  pages.set(read, { start: range.start, page });
  return page;
}

/** Pages by their rows: a store may hand out the same rows many times, and they never change. */
const pages = new WeakMap<BlockRows, { readonly start: number; readonly page: Page }>();

function pageOf(range: RowRange, read: BlockRows): Page {
  const first = read.rows[0];
  const last = read.rows.at(-1);
  if (first === undefined || last === undefined || range.start >= read.size)
    return { rows: [], paging: null };
  const lastOffset = range.start + read.rows.length - 1;
  const at = (offset: number, row: BlockRow) =>
    encodeCursor({ offset, version: read.version, position: row.position });
  return {
    rows: read.rows,
    paging: {
      before: at(range.start, first),
      after: at(lastOffset, last),
      hasPrevious: range.start > 0,
      hasNext: lastOffset + 1 < read.size,
    },
  };
}
