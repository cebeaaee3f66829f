import type { WaId } from './phone.ts';
import type { ActivityEntry, AuditContext, BlockTerms, StandingBlock } from './records.ts';

/** What a decision wants written, all of it or nothing. */
export interface Change {
  readonly atMs: number;
  /** The list's new version and size with what is appended and taken out; null: the list stays as it is. */
  readonly blocklist: BlocklistChange | null;
  /** Blocks that stay, with another note or another end. */
  readonly amended: readonly Amendment[];
  /** Standing blocks that are placed, or placed anew. */
  readonly standing: readonly (StandingBlock & { readonly waId: WaId })[];
  /** Users whose standing blocks end: met, withdrawn or over. */
  readonly endedStanding: readonly WaId[];
  /** Users whose windows open, at `atMs` unless said otherwise, how many of their messages were admitted, and the name that came along. */
  readonly admitted: ReadonlyMap<WaId, Admission>;
  /** Users with dropped messages, and how many. */
  readonly dropped: ReadonlyMap<WaId, number>;
  readonly activity: readonly ActivityEntry[];
  /** Webhooks to be delivered, in this order for each user. */
  readonly webhooks: readonly OutboxMessage[];
}

/** A user's messages that came in. A standing block opens the window and admits none. */
export interface Admission {
  readonly count: number;
  readonly name: string | null;
  /** When the window has opened, where that was before the change; milliseconds since 1970. */
  readonly openedAtMs?: number;
}

/** Another note, or another end, of a block; an absent field stays as it is. */
export interface Amendment extends BlockTerms {
  readonly waId: WaId;
}

/** A webhook that is to be delivered. */
export interface OutboxMessage {
  readonly waId: WaId;
  /** The message it is about, when the same message must not be told twice. */
  readonly messageId: string | null;
  /** The body, byte for byte: ASCII. */
  readonly body: string;
}

/** A move of a blocklist from one version to the next. */
export interface BlocklistChange {
  readonly version: number;
  readonly size: number;
  /** Taken out, before anybody is appended. */
  readonly removed: readonly WaId[];
  /** Appended at the end, in this order. */
  readonly added: readonly NewBlock[];
}

/** A block as it is written. */
export interface NewBlock {
  readonly waId: WaId;
  readonly cause: AuditContext;
  readonly untilMs: number | null;
  /** Messages that had been dropped before it: what is dropped since is the difference. */
  readonly droppedBefore: number;
}

/** A decision: the answer for the caller, and what is to be written; null: nothing. */
export interface Decision<Answer> {
  readonly answer: Answer;
  readonly change: Change | null;
}
