import { type BlockSort, type NumberRecord, readPhone } from '@blockhouse/engine';
import type { LiveRow } from '../../blocklists/cloud/cloud.ts';
import type { Services } from '../../services.ts';
import { type KeyNames, liveOut } from './block-shapes.ts';
import { decodeKeysetCursor, encodeKeysetCursor, readLimit } from './keyset-cursor.ts';

/** The live list of a `cloud` number, searched and sorted as lists of ours are. @throws PlatformFailure */
export async function liveRows(
  { platforms, directory: names }: Services,
  number: NumberRecord,
  { sort, search }: { readonly sort: BlockSort; readonly search: string | null },
): Promise<readonly LiveRow[]> {
  const rows = await platforms.cloud.rows(number.id);
  const found =
    search === null ? rows : rows.filter(matching(search, await namesBehind(names, number, search)));
  if (sort === 'blocked_at') return found;
  if (sort === '-blocked_at') return found.toReversed();
  const value = values[sort.replace('-', '') as keyof typeof values];
  const sign = sort.startsWith('-') ? -1 : 1;
  // Sorting is stable: rows of which the same is known stay in the order of the list.
  return found.toSorted((one, other) => sign * compare(value(one), value(other)));
}

/** A page of them. Its cursor is a row: the page begins behind it, wherever it is by then. */
export function livePage(rows: readonly LiveRow[], query: unknown, names: KeyNames) {
  const count = readLimit(query);
  const [index, user] = decodeKeysetCursor(query, ['number', 'string']) ?? [];
  const start = index === undefined ? 0 : startBehind(rows, Number(index), String(user));
  const page = rows.slice(start, start + count);
  const last = page.at(-1);
  const hasMore = last !== undefined && start + count < rows.length;
  return {
    data: page.map((row) => liveOut(row, names)),
    total: rows.length,
    paging: hasMore ? { after: encodeKeysetCursor([start + page.length - 1, nameOf(last)]) } : {},
  };
}

const values = {
  name: ({ note }: LiveRow) => note?.name?.toLowerCase() ?? '',
  dropped: ({ note }: LiveRow) => note?.dropped ?? 0,
  until: ({ note }: LiveRow) => note?.untilMs ?? Number.MAX_SAFE_INTEGER,
};

/** What rows may call the user who has a text as the username, or as a phone. */
async function namesBehind(
  directory: Services['directory'],
  number: NumberRecord,
  search: string,
): Promise<readonly string[]> {
  const phone = readPhone(search);
  const user =
    phone === null
      ? await directory.findUsername(number, search)
      : ((await directory.at(number, { texts: [search] })).match?.(phone)?.user ?? phone);
  if (user === null) return [];
  const { known = [], variants = [] } = (await directory.rowNames(number, [user])).get(user) ?? {};
  return [...known, ...variants];
}

function matching(search: string, names: readonly string[]): (row: LiveRow) => boolean {
  const digits = /^[+\d\s().-]+$/.test(search) ? search.replace(/\D/g, '') : '';
  const text = search.toLowerCase();
  return ({ shownWaId, userId, note }) =>
    (digits !== '' && shownWaId?.includes(digits) === true) ||
    [shownWaId, userId].some((name) => name !== null && names.includes(name)) ||
    [note?.name, note?.cause.note, userId].some((part) => part?.toLowerCase().includes(text) === true);
}

/** Where the row is now; where it was, if it is gone. */
function startBehind(rows: readonly LiveRow[], index: number, user: string): number {
  const row = rows[index];
  if (row !== undefined && nameOf(row) === user) return index + 1;
  const found = rows.findIndex((one) => nameOf(one) === user);
  return found < 0 ? index : found + 1;
}

function nameOf({ shownWaId, userId }: LiveRow): string {
  return shownWaId ?? userId ?? '';
}

function compare(one: string | number, other: string | number): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
