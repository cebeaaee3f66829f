import type { UserFacts } from '../facts.ts';
import type { WaId } from '../phone.ts';

/** The part of a message that rules look at. Texts are folded: case, accents, look-alikes, and what is not seen do not count. */
export interface MessageContent {
  /** Everything that a person reads in it. */
  readonly text: string;
  /** The words of the text. */
  readonly words: ReadonlySet<string>;
  /** The name that came with it; empty: none. */
  readonly name: string;
  readonly nameWords: ReadonlySet<string>;
  /** Hosts of its links. */
  readonly hosts: readonly string[];
  readonly type: string;
  readonly isForwardedManyTimes: boolean;
}

/** Counts around a message, in the order of {@link CompiledRules.counters}; the message itself is counted. */
export type MessageCounts = readonly number[];

/** A message as a rule sees it. */
export interface JudgedMessage {
  readonly from: WaId;
  /** ISO 3166 country of the sender's phone; null: not known. */
  readonly country: string | null;
  readonly user: UserFacts;
  readonly content: MessageContent;
  readonly counts: MessageCounts;
  /** Whether the sender is blocked on another number. */
  readonly isBlockedElsewhere: boolean;
  /** When the sender was last unblocked on this number; null: never, as far as is known. */
  readonly unblockedAtMs: number | null;
  readonly atMs: number;
}
