import {
  type ActivityQuery,
  type ActivityRow,
  type BlockDetails,
  type BlockQuery,
  neverEnds,
  type StandingQuery,
  type WaId,
} from '@blockhouse/engine';
import { compareTexts } from './slices.ts';

/** Where an entry of the activity lies; the earliest there can be has entry 0. */
export interface ActivityPosition {
  readonly atMs: number;
  readonly entry: number;
}

/** How activity is found: by time, or by the index of what is asked for; and what is left to be filtered on the way. */
export interface ActivityPlan {
  /** Which of the statements: by time, by user, by key. */
  readonly way: 0 | 1 | 2;
  /** The value that the index begins with; null: none. */
  readonly subject: WaId | string | null;
  /** Operation, outcome, key, source and person. */
  readonly filters: readonly (string | null)[];
  readonly isFiltered: boolean;
  /** From before this place on, down to that one. */
  readonly before: ActivityPosition;
  readonly last: ActivityPosition;
}

/** Chooses the index that leaves least to be read for nothing. */
export function planActivity(query: ActivityQuery): ActivityPlan {
  const { operation, outcome, waId, keyId, source, person, before, fromMs } = query;
  const isByUser = waId !== null;
  const filters = [operation, outcome, isByUser ? keyId : null, source, person];
  return {
    way: isByUser ? 1 : keyId !== null ? 2 : 0,
    subject: waId ?? keyId,
    filters,
    isFiltered: filters.some((filter) => filter !== null),
    before: before ?? { atMs: neverEnds, entry: neverEnds },
    last: { atMs: fromMs ?? 0, entry: 0 },
  };
}

/** The stretch of the list that is asked for, from one position to another, both included, when it is read in its own order. */
export function positionsOf({ sort, after }: BlockQuery): { readonly from: number; readonly to: number } {
  const whole = { from: 1, to: neverEnds };
  if (after === null) return whole;
  if (sort === 'blocked_at') return { ...whole, from: Number(after.value) + 1 };
  return sort === '-blocked_at' ? { ...whole, to: Number(after.value) - 1 } : whole;
}

/** The stretch of users whose standing blocks are asked for, from one to another, both included. */
export function usersOf({ waId, after }: StandingQuery): { readonly from: WaId; readonly to: WaId } {
  const from = (after ?? 0) + 1;
  return waId === null ? { from, to: neverEnds } : { from: Math.max(from, waId), to: waId };
}

/** The order of blocks that are sorted by a column, then by the users. */
export function orderOf(sort: BlockQuery['sort']): (one: BlockDetails, other: BlockDetails) => number {
  const way = sort.startsWith('-') ? -1 : 1;
  return (one, other) => way * (comparePlaces(one.place, other.place) || one.waId - other.waId);
}

function comparePlaces(one: string | number, other: string | number): number {
  return typeof one === 'number' && typeof other === 'number'
    ? one - other
    : compareTexts(String(one), String(other));
}

/** The place of an entry. */
export function activityPosition({ atMs, entry }: ActivityRow): ActivityPosition {
  return { atMs, entry };
}
