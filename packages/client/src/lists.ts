import type { Verdict } from './wire/index.ts';

/** The actor of a block, its origin, and the reason. */
export interface Cause {
  /** Null when it was done elsewhere: at Meta, by another program. */
  readonly key: { readonly id: string; readonly name: string | null } | null;
  /** The person behind the key, where it was said. */
  readonly person: string | null;
  readonly source: 'api' | 'panel' | 'cli' | 'import' | 'standing' | 'until' | 'elsewhere';
  readonly note: string | null;
}

/** A block with all that is known of it. Times are ISO 8601. */
export interface BlockDetails extends Cause {
  /** Null when the user hides the phone. */
  readonly waId: string | null;
  /** Null when nobody has told it. */
  readonly userId: string | null;
  readonly name: string | null;
  /** Null when the user was blocked elsewhere. */
  readonly blockedAt: string | null;
  readonly until: string | null;
  /** Messages dropped since the block. */
  readonly dropped: number;
  readonly lastDroppedAt: string | null;
}

/** A standing block: at the user's next message they will be blocked. */
export interface StandingBlock extends Cause {
  readonly waId: string | null;
  readonly userId: string | null;
  readonly name: string | null;
  readonly placedAt: string;
  readonly until: string | null;
  readonly lastInboundAt: string | null;
}

/** Which rows of a list, in what order. */
export interface ListQuery {
  /** A part of the phone, the name or the note. */
  readonly search?: string;
  readonly sort?:
    | 'blocked_at'
    | '-blocked_at'
    | 'name'
    | '-name'
    | 'dropped'
    | '-dropped'
    | 'until'
    | '-until';
}

/** Which page of a list. */
export interface PageQuery {
  /** Rows on the page; 25 when left out, at most 1,000. */
  readonly limit?: number;
  /** The cursor of the page before. */
  readonly after?: string;
}

/** A page of one of Blockhouse's own lists. */
export interface ListPage<Row> {
  readonly rows: readonly Row[];
  /** In the whole list; null: not known. */
  readonly total: number | null;
  /** The cursor of the next page; null: this is the last. */
  readonly after: string | null;
}

/** One attempt to change a blocklist, refused or not. */
export interface ActivityEntry extends Cause {
  readonly at: string;
  readonly number: string;
  readonly operation: 'block' | 'unblock' | 'standing_block' | 'withdraw';
  /** As it was written. */
  readonly user: string;
  readonly waId: string | null;
  /** `done`, `unchanged`, `standing`, `expired`, `unknown`, `failed`, or the reason of a refusal. */
  readonly outcome: string;
}

/** Which activity; all when nothing is said. Times are ISO 8601. */
export interface ActivityFilter {
  readonly number?: string;
  readonly user?: string;
  readonly operation?: ActivityEntry['operation'];
  readonly outcome?: string;
  /** A key's ID. */
  readonly key?: string;
  readonly person?: string;
  readonly source?: string;
  readonly from?: string;
  readonly to?: string;
}

/** Messages within an hour. */
export interface HourOfTraffic {
  readonly hour: string;
  readonly admitted: number;
  readonly dropped: number;
}

/** The verdict about a user at one number. */
export interface NumberDiagnosis {
  readonly number: string;
  readonly displayPhoneNumber: string;
  readonly verdict: Verdict;
  /** The meaning, and what to do, in one or two sentences. */
  readonly advice: string;
  readonly blocked:
    | (Cause & {
        /** Null when the user was blocked elsewhere. */
        readonly since: string | null;
        readonly until: string | null;
        readonly dropped: number;
        readonly lastDroppedAt: string | null;
      })
    | null;
  readonly standing: (Cause & { readonly placedAt: string; readonly until: string | null }) | null;
  /** Other numbers on which the user is blocked. */
  readonly blockedAtNumbers: readonly string[];
  readonly window: {
    readonly open: boolean;
    readonly lastInboundAt: string | null;
    readonly canBeBlockedUntil: string | null;
  };
  readonly dropped: number;
  readonly lastFailedWebhook: {
    readonly at: string;
    readonly problem: string | null;
    readonly status: number | null;
    readonly attempts: number;
    readonly state: string;
  } | null;
}

/** Why a user is silent: across all numbers, with the most telling verdict first. */
export interface Diagnosis {
  /** Null when the user hides the phone. */
  readonly waId: string | null;
  /**
   * By what it is known who was asked about: the user's own `wa_id`, their ID, another name of theirs, or only another national
   * spelling of the phone. Servers before 0.2 do not say.
   */
  readonly matchedBy?: 'wa_id' | 'user_id' | 'directory' | 'national_variant';
  readonly name: string | null;
  readonly verdict: Verdict;
  readonly advice: string;
  readonly numbers: readonly NumberDiagnosis[];
}
