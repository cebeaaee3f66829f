import type { RuleCount } from './auto-block/judge.ts';
import type { ReviewReason } from './outbox.ts';
import type { WaId } from './phone.ts';
import type { ActivityEntry, AuditContext, BlockTerms, StandingBlock } from './records.ts';

/** Everything that a decision writes, in one transaction. */
export interface Change {
  readonly atMs: number;
  /** The list's new version and size, and the rows that are added and removed; null: the list stays as it is. */
  readonly blocklist: BlocklistChange | null;
  /** Blocks that get another note or another end. */
  readonly amended: readonly Amendment[];
  /** Standing blocks that are placed, or placed again. */
  readonly standing: readonly (StandingBlock & { readonly waId: WaId })[];
  /** Users whose standing blocks end: triggered, withdrawn or expired. */
  readonly endedStanding: readonly WaId[];
  /** Users whose windows open. */
  readonly admitted: ReadonlyMap<WaId, Admission>;
  /** Users with dropped messages, and how many. */
  readonly dropped: ReadonlyMap<WaId, number>;
  /** Messages that wait for a person's decision. */
  readonly held: number;
  /** Users whom the business has sent a message. */
  readonly contacted: readonly WaId[];
  /** How often auto-block rules matched, by rule. */
  readonly ruleCounts: ReadonlyMap<string, RuleCount>;
  readonly activity: readonly ActivityEntry[];
  /** Webhooks to be delivered, in this order for each user. */
  readonly webhooks: readonly OutboxMessage[];
  /** Messages to remember for a while. */
  readonly messages: readonly MessageRecord[];
}

/** A message that is remembered for a while. A message with a webhook need not be: the webhook is found by its ID. */
export interface MessageRecord {
  readonly id: string;
  /** `biz_opaque_callback_data` of a message that the business sent; null: none. */
  readonly callbackData: string | null;
  /** When it is forgotten, in milliseconds since 1970. */
  readonly untilMs: number;
}

/** A user's window opens. A message that triggers a standing block opens it, too, although it is not admitted. */
export interface Admission {
  /** Messages that were admitted. */
  readonly count: number;
  /** The name that came with them; null: none. */
  readonly name: string | null;
  /** When the window opened, in milliseconds since 1970; the time of the change when left out. */
  readonly openedAtMs?: number;
}

/** Another note, or another end, of a block; an absent field stays as it is. */
export interface Amendment extends BlockTerms {
  readonly waId: WaId;
}

/** A webhook that is to be delivered. */
export interface OutboxMessage {
  readonly waId: WaId;
  /** The message it is about, when the same message must not cause a second webhook. */
  readonly messageId: string | null;
  /** The body, byte for byte: ASCII. */
  readonly body: string;
  /** Why a person has to look at it; left out: nobody has to. */
  readonly review?: ReviewReason;
}

/** A move of a blocklist from one version to the next. */
export interface BlocklistChange {
  readonly version: number;
  readonly size: number;
  /** Removed before any row is added. */
  readonly removed: readonly WaId[];
  /** Added at the end, in this order. */
  readonly added: readonly NewBlock[];
}

/** A new row of a blocklist. */
export interface NewBlock {
  readonly waId: WaId;
  readonly cause: AuditContext;
  readonly untilMs: number | null;
  /** The user's count of dropped messages at the time of the block. */
  readonly droppedBefore: number;
}

/** The answer for the caller, and the change that is written; null: none. */
export interface Decision<Answer> {
  readonly answer: Answer;
  readonly change: Change | null;
}

/** A change that writes nothing. */
export function emptyChange(atMs: number): Change {
  return {
    atMs,
    blocklist: null,
    amended: [],
    standing: [],
    endedStanding: [],
    admitted: new Map(),
    dropped: new Map(),
    held: 0,
    contacted: [],
    ruleCounts: new Map(),
    activity: [],
    webhooks: [],
    messages: [],
  };
}

/**
 * A version later than `version`, and not before the time of the change, in microseconds since 1970. Within a
 * millisecond each number has its own value. So lists that change at the same time differ in version, and a list
 * refuses the cursor of another one.
 */
export function nextVersion(version: number, atMs: number, numberWaId: WaId): number {
  return Math.max(atMs * 1000 + (numberWaId % 1000), version + 1);
}
