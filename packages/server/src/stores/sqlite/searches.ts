import {
  type ActivityQuery,
  type ActivityRow,
  type BlockDetails,
  type BlockQuery,
  type BlockRow,
  blockSorts,
  type RowRange,
  type StandingDetails,
  type StandingQuery,
  type WaId,
} from '@blockhouse/engine';
import { type ActivityPosition, orderOf, planActivity, positionsOf, usersOf } from '../queries.ts';
import { readActivity, readBlockDetails, readBlockRow, readStandingDetails } from '../rows.ts';
import { patternsOf } from '../search.ts';
import { firstOfSlices, readSlices, type Slice, slices } from '../slices.ts';
import type { Statements } from './statements.ts';

/*
 * Searches of the lists of a number. Where rows are filtered or sorted, a list is read in slices, so that the event
 * loop is not held up.
 */

/** A range of rows of the blocklist. @param key the integer that stands for the number. */
export function findRows(statements: Statements, key: number, { start, count, seek }: RowRange): BlockRow[] {
  const { rowsAfter, rowsBefore, rowsFrom } = statements;
  if (count === 0) return [];
  if (start === 0) return rowsAfter.all(key, 0, count).map(readBlockRow);
  if (seek === null) return rowsFrom.all(key, count, start).map(readBlockRow);
  if ('after' in seek) return rowsAfter.all(key, seek.after, count).map(readBlockRow);
  return rowsBefore.all(key, seek.before, count).map(readBlockRow).reverse();
}

export async function findActivity(
  statements: Statements,
  key: number,
  query: ActivityQuery,
): Promise<ActivityRow[]> {
  const { way, subject, filters, isFiltered, before, last } = planActivity(query);
  const { activity, activitySliceEnd } = statements;
  const read = (from: ActivityPosition, to: ActivityPosition, count: number) =>
    activity[way]
      ?.all(key, subject, from.atMs, from.entry, to.atMs, to.entry, ...filters, count)
      .map(readActivity) ?? [];
  if (!isFiltered) return read(before, last, query.count);
  const cut = slices(before, {
    endOf: (from) => {
      const row = activitySliceEnd[way]?.get(key, subject, from.atMs, from.entry, last.atMs, last.entry);
      const [atMs, entry] = (row ?? []).map(Number);
      return atMs === undefined || entry === undefined ? null : { atMs, entry };
    },
    next: (to) => to,
  });
  return await readSlices(cut, query.count, ({ from, to }, left) => read(from, to ?? last, left));
}

export async function findBlocks(
  statements: Statements,
  key: number,
  query: BlockQuery,
): Promise<BlockDetails[]> {
  const { sort, search, waId, after, count } = query;
  const { blocksSorted, blocksSliceEnd, blockPosition } = statements;
  const patterns = patternsOf(search);
  const place = [after?.value ?? null, after?.waId ?? null];
  const read = (from: number, to: number, atMost: number) =>
    blocksSorted[blockSorts.indexOf(sort)]
      ?.all(key, from, to, ...patterns, ...place, atMost)
      .map(readBlockDetails) ?? [];
  const { from: first, to: last } = positionsOf(query);
  if (waId !== null) {
    const [position] = (blockPosition.get(key, waId) ?? []).map(Number);
    const isMeant = position !== undefined && position >= first && position <= last;
    return isMeant ? read(position, position, count) : [];
  }
  const isInOrder = sort === 'blocked_at' || sort === '-blocked_at';
  if (isInOrder && search === null) return read(first, last, count);

  const isBackwards = sort === '-blocked_at';
  const cut = slices(isBackwards ? last : first, {
    endOf: (from) => {
      const [end = null] = (blocksSliceEnd[isBackwards ? 1 : 0]?.get(key, from) ?? []).map(Number);
      return end;
    },
    next: (to) => (isBackwards ? to - 1 : to + 1),
  });
  const readSlice = ({ from, to }: Slice<number>, atMost: number) =>
    isBackwards ? read(to ?? first, from, atMost) : read(from, to ?? last, atMost);
  return isInOrder
    ? await readSlices(cut, count, readSlice)
    : await firstOfSlices(cut, count, { read: (slice) => readSlice(slice, count), compare: orderOf(sort) });
}

export async function findStandingBlocks(
  statements: Statements,
  key: number,
  query: StandingQuery,
): Promise<StandingDetails[]> {
  const { search, count } = query;
  const { standingBlocks, standingSliceEnd } = statements;
  const patterns = patternsOf(search);
  const read = (from: WaId, to: WaId, atMost: number) =>
    standingBlocks.all(key, from, to, ...patterns, atMost).map(readStandingDetails);
  const { from: first, to: last } = usersOf(query);
  if (search === null) return read(first, last, count);
  const cut = slices(first, {
    endOf: (from) => (standingSliceEnd.get(key, from) ?? []).map(Number)[0] ?? null,
    next: (to) => to + 1,
  });
  return await readSlices(cut, count, ({ from, to }, left) => read(from, Math.min(to ?? last, last), left));
}
