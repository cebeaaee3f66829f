import type { WaId } from './phone.ts';
import type { ActivityEntry, AuditContext, StandingBlock } from './records.ts';

/** A block with all that is known of it. */
export interface BlockDetails {
  readonly waId: WaId;
  /** Its position in the list. */
  readonly position: number;
  readonly phoneHidden: boolean;
  /** The name in the directory, or the one that came with a message; null: no name is known. */
  readonly name: string | null;
  readonly blockedAtMs: number;
  readonly cause: AuditContext;
  readonly untilMs: number | null;
  /** Messages dropped since the block. */
  readonly dropped: number;
  readonly lastDroppedMs: number | null;
  /** The value of the column that the list is sorted by. */
  readonly place: string | number;
}

/** A standing block with the user's name. */
export interface StandingDetails extends StandingBlock {
  readonly waId: WaId;
  readonly phoneHidden: boolean;
  readonly name: string | null;
  readonly lastInboundMs: number | null;
}

/** The columns that blocks can be sorted by; a minus reverses the order. */
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
 * Which blocks are asked for. A keyset cursor: the sort value and the user of the last row that was read. It stays
 * valid, whatever changes in the list.
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

/** Users without an expiry come after all others. */
export const neverEnds = 9_000_000_000_000_000;

/** An entry of the activity, and its place. */
export interface ActivityRow extends ActivityEntry {
  readonly entry: number;
}

/** Which activity is asked for: newest first, from before a place on. Null: any. */
export interface ActivityQuery {
  readonly before: { readonly atMs: number; readonly entry: number } | null;
  readonly fromMs: number | null;
  readonly operation: ActivityEntry['operation'] | null;
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
  /** Messages that were held for review. A message that was released since counts here, and not as admitted. */
  readonly held: number;
}

/** How often an auto-block rule matched within an hour, and how often it blocked, held, or flagged. */
export interface RuleHour {
  readonly hourMs: number;
  readonly ruleId: string;
  readonly matched: number;
  readonly acted: number;
}

export const hourMs = 60 * 60 * 1000;

/** The hour of a time. */
export function hourOf(atMs: number): number {
  return Math.floor(atMs / hourMs) * hourMs;
}
