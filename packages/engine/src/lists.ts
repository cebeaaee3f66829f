import type { WaId } from './phone.ts';
import type { ActivityEntry, AuditContext, Operation, StandingBlock } from './records.ts';

/** A block with all that is known of it. */
export interface BlockDetails {
  readonly waId: WaId;
  /** Where it stands in the list. */
  readonly position: number;
  readonly phoneHidden: boolean;
  /** What the directory says, or the name that came with a message; null: nobody has said one. */
  readonly name: string | null;
  readonly blockedAtMs: number;
  readonly cause: AuditContext;
  readonly untilMs: number | null;
  /** Messages dropped since the block. */
  readonly dropped: number;
  readonly lastDroppedMs: number | null;
  /** What the sorting that was asked for went by. */
  readonly place: string | number;
}

/** A standing block with the user's name. */
export interface StandingDetails extends StandingBlock {
  readonly waId: WaId;
  readonly phoneHidden: boolean;
  readonly name: string | null;
  readonly lastInboundMs: number | null;
}

/** What blocks can be sorted by; a minus turns the order around. */
export const blockSorts = [
  'blocked_at',
  '-blocked_at',
  'name',
  '-name',
  'dropped',
  '-dropped',
  'until',
  '-until',
] as const;
export type BlockSort = (typeof blockSorts)[number];

/**
 * Which blocks are asked for. A place is what the sorting goes by and the user, of the last row that was seen: it stays
 * where it is, whatever happens to the list.
 */
export interface BlockQuery {
  readonly sort: BlockSort;
  /** A part of the phone (digits), the name or the note; null: everybody. */
  readonly search: string | null;
  readonly waId: WaId | null;
  readonly after: { readonly value: string | number; readonly waId: WaId } | null;
  readonly count: number;
}

export interface StandingQuery {
  readonly search: string | null;
  readonly waId: WaId | null;
  readonly after: WaId | null;
  readonly count: number;
}

/** Who has no end sorts behind everybody who has one. */
export const neverEnds = 9_000_000_000_000_000;

/** An entry of the activity, and its place. */
export interface ActivityRow extends ActivityEntry {
  readonly entry: number;
}

/** Which activity is asked for: newest first, from before a place on. Null: any. */
export interface ActivityQuery {
  readonly before: { readonly atMs: number; readonly entry: number } | null;
  readonly fromMs: number | null;
  readonly operation: Operation | null;
  readonly outcome: string | null;
  readonly waId: WaId | null;
  readonly keyId: string | null;
  readonly source: string | null;
  readonly person: string | null;
  readonly count: number;
}

/** All activity of a number, newest first. */
export const allActivity: Omit<ActivityQuery, 'count'> = {
  before: null,
  fromMs: null,
  operation: null,
  outcome: null,
  waId: null,
  keyId: null,
  source: null,
  person: null,
};

/** Messages within an hour. */
export interface HourOfTraffic {
  /** The hour's beginning. */
  readonly hourMs: number;
  readonly admitted: number;
  readonly dropped: number;
}

export const hourMs = 60 * 60 * 1000;

/** The hour that a moment lies in. */
export function hourOf(atMs: number): number {
  return Math.floor(atMs / hourMs) * hourMs;
}
