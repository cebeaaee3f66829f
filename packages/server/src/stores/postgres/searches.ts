import {
  type ActivityQuery,
  type ActivityRow,
  type BlockDetails,
  type BlockQuery,
  type BlockRows,
  blockSorts,
  NumberUnknown,
  type RowRange,
  type StandingDetails,
  type StandingQuery,
  type WaId,
} from '@blockhouse/engine';
import { type ActivityPosition, planActivity, positionsOf, usersOf } from '../queries.ts';
import { readActivity, readBlockDetails, readStandingDetails } from '../rows.ts';
import { patternsOf } from '../search.ts';
import { readSlices, slices } from '../slices.ts';
import type { Ask } from './connections.ts';
import type { Database } from './database.ts';
import { activity, activitySliceEnd, blocksSorted, type Statement, statements } from './statements.ts';
import { storable } from './storable.ts';

/* Searches of the lists of a number. Where rows are filtered, a list is read in slices, so that no statement reads all of it. */

/** A range of rows of the blocklist. @throws NumberUnknown */
export async function findRows(
  database: Database,
  numberId: string,
  { start, count, seek }: RowRange,
): Promise<BlockRows> {
  const question: Parameters<Ask> =
    start === 0
      ? [statements.rowsAfter, [numberId, 0, count]]
      : seek === null
        ? [statements.rowsFrom, [numberId, start, count]]
        : 'after' in seek
          ? [statements.rowsAfter, [numberId, seek.after, count]]
          : [statements.rowsBefore, [numberId, seek.before, count]];
  const found = await database.read(...question);
  const [first] = found;
  if (first === undefined) throw new NumberUnknown(numberId);
  const [version, size] = first as [number, number];
  const rows = found.flatMap(([, , waId, position, phoneHidden]) =>
    waId === null
      ? []
      : [{ waId: waId as number, position: position as number, phoneHidden: phoneHidden as boolean }],
  );
  return { version, size, rows };
}

export async function findActivity(
  database: Database,
  numberId: string,
  query: ActivityQuery,
): Promise<ActivityRow[]> {
  const { way, subject, filters, isFiltered, before, last } = planActivity(query);
  const [find, findEnd] = [activity[way], activitySliceEnd[way]] as [Statement, Statement];
  const stored = [typeof subject === 'string' ? storable(subject) : subject, ...filters.map(storable)];
  const [first, ...rest] = stored;
  const read = async (from: ActivityPosition, to: ActivityPosition, count: number) => {
    const places = [from.atMs, from.entry, to.atMs, to.entry];
    return (await database.read(find, [numberId, first, ...places, ...rest, count])).map(readActivity);
  };
  if (!isFiltered) return await read(before, last, query.count);
  const cut = slices(before, {
    endOf: async (from) => {
      const places = [from.atMs, from.entry, last.atMs, last.entry];
      const [end] = await database.read(findEnd, [numberId, first, ...places]);
      return end === undefined ? null : { atMs: Number(end[0]), entry: Number(end[1]) };
    },
    next: (to) => to,
  });
  return await readSlices(cut, query.count, ({ from, to }, left) => read(from, to ?? last, left));
}

export async function findBlocks(
  database: Database,
  numberId: string,
  query: BlockQuery,
): Promise<BlockDetails[]> {
  const { sort, search, waId, after, count } = query;
  const statement = blocksSorted[blockSorts.indexOf(sort)] as Statement;
  let { from, to } = positionsOf(query);
  if (waId !== null) {
    const [row] = await database.read(statements.blockPosition, [numberId, waId]);
    const position = Number(row?.[0] ?? 0);
    [from, to] = [Math.max(from, position), Math.min(to, position)];
  }
  const isInOrder = sort === 'blocked_at' || sort === '-blocked_at';
  const place = isInOrder ? [null, null] : [after?.value ?? null, after?.waId ?? null];
  const patterns = patternsOf(storable(search));
  const rows = await database.read(statement, [numberId, from, to, ...patterns, ...place, count]);
  return rows.map(readBlockDetails);
}

export async function findStandingBlocks(
  database: Database,
  numberId: string,
  query: StandingQuery,
): Promise<StandingDetails[]> {
  const { search, count } = query;
  const patterns = patternsOf(storable(search));
  const read = async (from: WaId, to: WaId, atMost: number) => {
    const values = [numberId, from, to, ...patterns, atMost];
    return (await database.read(statements.standingBlocks, values)).map(readStandingDetails);
  };
  const { from: first, to: last } = usersOf(query);
  if (search === null) return await read(first, last, count);
  const cut = slices(first, {
    endOf: async (from) => {
      const [end] = await database.read(statements.standingSliceEnd, [numberId, from]);
      return end === undefined ? null : Number(end[0]);
    },
    next: (to) => to + 1,
  });
  return await readSlices(cut, count, ({ from, to }, left) => read(from, Math.min(to ?? last, last), left));
}
