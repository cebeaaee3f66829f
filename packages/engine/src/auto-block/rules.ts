import type { WaId } from '../phone.ts';

/** `observe` counts what a rule would do; `enforce` does it. */
export type RuleMode = 'off' | 'observe' | 'enforce';

/** Texts that a message or a name is searched for. It matches when one of them is found. */
export interface TextCondition {
  /** Whole words. */
  readonly words?: readonly string[];
  /** Texts anywhere, also inside of words. */
  readonly phrases?: readonly string[];
  /** Regular expressions in the syntax of RE2, which never backtracks. */
  readonly patterns?: readonly string[];
}

/**
 * The conditions of a rule; all that are stated must hold. Spans are texts such as `10m`, `24h`, and `30d`. Names
 * are those of the API, because a rule is stored, sent, and written in files in this one shape.
 */
export interface RuleConditions {
  /** ISO 3166 countries of the sender's calling code. A sender without a visible phone has none, and never matches. */
  readonly country?: { readonly in?: readonly string[]; readonly not_in?: readonly string[] };
  /** `new`: not known to the business yet; see {@link UserFacts.knownFromMs}. */
  readonly sender?: 'new';
  /** The business has sent them nothing within this span. */
  readonly no_message_to_them_within?: string;
  /** More messages than this within a span: from the sender, or from all new senders of the number together. */
  readonly rate?: { readonly over: number; readonly within: string; readonly of: 'sender' | 'new_senders' };
  /** The same text or media from more senders than this within a span. */
  readonly same_content?: { readonly over_senders: number; readonly within: string };
  readonly text?: TextCondition;
  /** The message contains a link: any, or one to these domains and their subdomains. */
  readonly link?: { readonly domains?: readonly string[] };
  /** WhatsApp marks the message as forwarded many times. */
  readonly forwarded_many_times?: true;
  /** Types of messages, such as `image` or `audio`. */
  readonly message_type?: readonly string[];
  /** The name that the sender's profile shows. */
  readonly name?: TextCondition;
  /** Users by `wa_id`. */
  readonly user?: readonly WaId[];
  /** The sender is blocked on another of your numbers. */
  readonly blocked_on_another_number?: true;
  /** The sender was unblocked on this number within this span. */
  readonly unblocked_within?: string;
}

/** The action of a rule on a message, and on its sender. */
export type RuleAction =
  /** The sender is blocked and the message dropped. */
  | {
      readonly type: 'block';
      /** How long the block lasts; left out: until somebody ends it. */
      readonly for?: string;
      readonly note?: string;
      /** Keeps the message for review. */
      readonly keep_message?: boolean;
      /** Blocks the sender on all numbers; where they have not written, with a standing block. */
      readonly numbers?: '*';
    }
  /** The message, and later ones of its sender, wait for a person's decision. */
  | { readonly type: 'hold' }
  /** The message passes, and is shown for review. */
  | { readonly type: 'flag' };

/** The part of a rule that the business writes. */
export interface RuleTerms {
  /** Unique among the rules, whatever the case. */
  readonly name: string;
  readonly mode: RuleMode;
  /** Rules are tried from the lowest order on; of two with the same, the older one first. */
  readonly order: number;
  /** The numbers it watches, or `*` for all. */
  readonly numbers: readonly string[] | '*';
  readonly when: RuleConditions;
  readonly action: RuleAction;
  /** Blocks and holds customers too; otherwise it leaves them alone. */
  readonly includes_customers: boolean;
  /** Blocks of this rule on one number within an hour, at most; past that it only observes. */
  readonly blocks_per_hour: number;
  /** Sends a webhook of its own when it acts, for each number and effect at most once within an hour. */
  readonly notify: boolean;
}

/** An auto-block rule, as it is stored. */
export interface AutoBlockRule extends RuleTerms {
  readonly id: string;
  /** Grows with every change of the rule. */
  readonly version: number;
  readonly changedAtMs: number;
}

/** All rules of an installation, and whom they leave alone. */
export interface RuleSet {
  /** Grows with every change. */
  readonly version: number;
  readonly rules: readonly AutoBlockRule[];
  /** Users whom no rule touches. */
  readonly allowlist: readonly WaId[];
  /** A user counts as a customer for this long after their last contact with the business, in days. */
  readonly customerDays: number;
}

export const noRules: RuleSet = { version: 0, rules: [], allowlist: [], customerDays: 30 };

/** Bounds of rules, so that evaluating them takes the time of a message and no more. */
export const rulesMax = 100;
export const wordsMax = 1_000;
export const patternsMax = 50;
export const patternLengthMax = 500;
export const usersMax = 10_000;
export const allowlistMax = 10_000;
export const rateMax = 10_000;
/** Spans that are counted over are held in memory. */
export const countedSpanMaxMs = 24 * 60 * 60 * 1000;
