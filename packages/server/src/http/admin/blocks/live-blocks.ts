import { type BlockSort, type NumberRecord, readPhone } from '@blockhouse/engine';
import type { LiveRow } from '../../../blocklists/cloud/notes.ts';
import type { Services } from '../../../services.ts';
import { decodeKeysetCursor, encodeKeysetCursor, readLimit } from '../keyset-cursor.ts';
import { type KeyNames, renderLiveBlock } from './block-shapes.ts';

/** The list of a number at Meta, searched and sorted as a list in the store is. @throws PlatformFailure */
export async function liveRows(
  { platforms, directory }: Services,
  number: NumberRecord,
  { sort, search }: { readonly sort: BlockSort; readonly search: string | null },
): Promise<readonly LiveRow[]> {
  const rows = await platforms.cloud.rows(number.id);
  const found =
    search === null ? rows : rows.filter(matching(search, await namesOfSearched(directory, number, search)));
  if (sort === 'blocked_at') return found;
  if (sort === '-blocked_at') return found.toReversed();
  const value = values[sort.replace('-', '') as keyof typeof values];
  const sign = sort.startsWith('-') ? -1 : 1;
  // The sort is stable: rows with equal values keep the order of the list.
  return found.toSorted((one, other) => sign * compare(value(one), value(other)));
}

/** A page of the list. Its cursor names a row, and the page begins after this row, even if the row has moved. */
export function livePage(rows: readonly LiveRow[], query: unknown, names: KeyNames) {
  const count = readLimit(query);
  const [index, user] = decodeKeysetCursor(query, ['number', 'string']) ?? [];
  const start = index === undefined ? 0 : startAfter(rows, Number(index), String(user));
  const page = rows.slice(start, start + count);
  const last = page.at(-1);
  const hasMore = last !== undefined && start + count < rows.length;
  return {
    data: page.map((row) => renderLiveBlock(row, names)),
    total: rows.length,
    paging: hasMore ? { after: encodeKeysetCursor([start + page.length - 1, userOf(last)]) } : {},
  };
}

const values = {
  name: ({ note }: LiveRow) => note?.name?.toLowerCase() ?? '',
  dropped: ({ note }: LiveRow) => note?.dropped ?? 0,
  until: ({ note }: LiveRow) => note?.untilMs ?? Number.MAX_SAFE_INTEGER,
};

/** The names that rows may have for the user whose username or phone is searched for. */
async function namesOfSearched(
  directory: Services['directory'],
  number: NumberRecord,
  search: string,
): Promise<readonly string[]> {
  const phone = readPhone(search);
  const user =
    phone === null
      ? await directory.findUsername(number, search)
      : ((await directory.lookup(number, { texts: [search] })).match?.(phone)?.user ?? phone);
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

/** The index after a row, which may have moved. If it is gone, its former place counts. */
function startAfter(rows: readonly LiveRow[], index: number, user: string): number {
  const row = rows[index];
  if (row !== undefined && userOf(row) === user) return index + 1;
  const found = rows.findIndex((one) => userOf(one) === user);
  return found < 0 ? index : found + 1;
}

function userOf({ shownWaId, userId }: LiveRow): string {
  return shownWaId ?? userId ?? '';
}

function compare(one: string | number, other: string | number): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
