import { webhookRetentionMs } from './outbox.ts';
import type { WaId } from './phone.ts';
import type { NumberRecord, Source, StandingBlock, UserKind, UserProfile } from './records.ts';

/** The facts of one user at one number on which a decision is taken. */
export interface UserFacts {
  /** The directory's entry; null: the user is not in it. */
  readonly profile: UserProfile | null;
  /** The account is itself one of the numbers of this platform. */
  readonly isNumber: boolean;
  readonly blocked: boolean;
  /** Null when the user is not blocked. */
  readonly block: BlockFacts | null;
  /** The standing block that waits for the user, if any. */
  readonly standing: StandingBlock | null;
  /** The latest name that came with a message of the user. */
  readonly name: string | null;
  /** Messages of the user that were dropped, ever. */
  readonly dropped: number;
  /** When the user's last admitted message came in; null: never. */
  readonly lastInboundMs: number | null;
  /** When the business last sent them a message, to the hour; null: never, as far as is known. */
  readonly lastOutboundMs: number | null;
  /**
   * From when on the user is known to the business: a day after their first message, or immediately if the business
   * wrote first. Null: there was no message yet.
   */
  readonly knownFromMs: number | null;
  /** The ticks under the user's latest message: 1 sent, 2 delivered; 0: they never wrote. */
  readonly ticks: 0 | 1 | 2;
}

/** The part of a block that decisions use. */
export interface BlockFacts {
  readonly keyId: string;
  readonly source: Source;
  readonly sinceMs: number;
  /** When it ends by itself; null: never. */
  readonly untilMs: number | null;
}

/** The input of a decision: one number's blocklist and the users it concerns, read in one transaction. */
export interface Facts {
  readonly number: NumberRecord;
  readonly blocklist: { readonly version: number; readonly size: number };
  /** Has an entry for every user in {@link Subjects}. */
  readonly users: ReadonlyMap<WaId, UserFacts>;
  /**
   * When each of the message IDs in {@link Subjects} was last seen: when a webhook was made for it, or when it was remembered.
   * An ID that was not seen is absent.
   */
  readonly seenAtMs: ReadonlyMap<string, number>;
}

/** The users and messages that a change is about. */
export interface Subjects {
  readonly users: readonly WaId[];
  readonly messageIds?: readonly string[];
}

/** The facts of one user. @throws Error when they were not asked for. */
export function userOf(facts: Facts, waId: WaId): UserFacts {
  const user = facts.users.get(waId);
  if (user === undefined) throw new Error(`user ${waId} is not among the facts`);
  return user;
}

/** The kind of an account: as in the directory; else a number of this platform is a business, and any other a consumer. */
export function kindOf({ profile, isNumber }: UserFacts): UserKind {
  return profile?.kind ?? (isNumber ? 'business' : 'consumer');
}

/** Whether the user sees the business online: a blocked user does not. */
export function seesOnline(facts: Facts, waId: WaId): boolean {
  return !userOf(facts, waId).blocked;
}

/** Whether a message was seen within the last 24 hours. */
export function isDuplicate(facts: Facts, messageId: string, atMs: number): boolean {
  const seenAtMs = facts.seenAtMs.get(messageId);
  return seenAtMs !== undefined && atMs - seenAtMs < webhookRetentionMs;
}
