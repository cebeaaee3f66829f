import type { WaId } from './phone.ts';
import type { NumberRecord, Source, StandingBlock, UserProfile } from './records.ts';

/** What is known of one user at one number, when a decision about them is taken. */
export interface UserFacts {
  /** What the directory says, or null when the user is not in it. */
  readonly profile: UserProfile | null;
  /** The account is itself one of the numbers of this platform. */
  readonly isNumber: boolean;
  readonly blocked: boolean;
  /** What else is known of the block; null: there is none. */
  readonly block: BlockFacts | null;
  /** The standing block that waits for the user, if any. */
  readonly standing: StandingBlock | null;
  /** The name that came with the user's last message that had one. */
  readonly name: string | null;
  /** Messages of the user that were dropped, ever. */
  readonly dropped: number;
  /** When the user's last admitted message came in; null: never. */
  readonly lastInboundMs: number | null;
  /** What the user sees under their latest message: 1 sent, 2 delivered; 0: they never wrote. */
  readonly ticks: 0 | 1 | 2;
}

/** A block, as far as decisions look at it. */
export interface BlockFacts {
  readonly keyId: string;
  readonly source: Source;
  readonly sinceMs: number;
  /** When it ends by itself; null: never. */
  readonly untilMs: number | null;
}

/** What a decision is taken on: one number's blocklist and the users it concerns, read in one transaction. */
export interface Facts {
  readonly number: NumberRecord;
  readonly blocklist: { readonly version: number; readonly size: number };
  /** Every user that was asked for has an entry. */
  readonly users: ReadonlyMap<WaId, UserFacts>;
  /** Of the message IDs that were asked for, those that a webhook was made for, and when. */
  readonly seenAtMs: ReadonlyMap<string, number>;
}

/** What a change is about: whom the facts shall tell of. */
export interface Subjects {
  readonly users: readonly WaId[];
  readonly messageIds?: readonly string[];
}
