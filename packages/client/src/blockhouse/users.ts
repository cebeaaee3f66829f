import { type RequestOptions, wholeListLimits } from '../transport/options.ts';
import { inputOf, type User } from '../user.ts';
import type { Verdict } from '../wire/index.ts';
import type { Api } from './api.ts';
import type { Attribution } from './lists.ts';
import { hasTexts } from './responses.ts';

/** The finding about a user at one number. All times are ISO 8601. */
export interface NumberDiagnosis {
  /** The `phone_number_id`. */
  readonly number: string;
  readonly displayPhoneNumber: string;
  readonly verdict: Verdict;
  /** The meaning of the verdict, and what to do, in one or two sentences. */
  readonly advice: string;
  /** The block of the user; null if they are not blocked. */
  readonly blocked:
    | (Attribution & {
        /** Null if the user was blocked at Meta without Blockhouse. */
        readonly since: string | null;
        readonly until: string | null;
        readonly dropped: number;
        readonly lastDroppedAt: string | null;
      })
    | null;
  /** The standing block of the user; null if there is none. */
  readonly standing: (Attribution & { readonly placedAt: string; readonly until: string | null }) | null;
  /** The other numbers on which the user is blocked. */
  readonly blockedAtNumbers: readonly string[];
  /** The customer service window: 24 hours after the user's last message. */
  readonly window: {
    readonly open: boolean;
    readonly lastInboundAt: string | null;
    readonly canBeBlockedUntil: string | null;
  };
  /** The number of messages of the user that were dropped. */
  readonly dropped: number;
  /** The last webhook about the user that your receiver did not accept; null if there is none. */
  readonly lastFailedWebhook: {
    readonly at: string;
    readonly problem: string | null;
    readonly status: number | null;
    readonly attempts: number;
    readonly state: string;
  } | null;
}

/** The reason why a user's messages do not arrive. */
export interface Diagnosis {
  /** Null if the user hides their phone number. */
  readonly waId: string | null;
  /**
   * The name that identified the user: their own `wa_id`, their user ID, another known name, or another
   * national spelling of the phone number. Servers before version 0.2 do not send it.
   */
  readonly matchedBy?: 'wa_id' | 'user_id' | 'directory' | 'national_variant';
  readonly name: string | null;
  /** The most specific verdict of all numbers. */
  readonly verdict: Verdict;
  /** The meaning of the verdict, and what to do, in one or two sentences. */
  readonly advice: string;
  readonly numbers: readonly NumberDiagnosis[];
}

/** The users who write to your numbers. */
export class Users {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Finds out why a user's messages do not arrive, at each number that the key opens. */
  async diagnose(user: User, options: RequestOptions = {}): Promise<Diagnosis> {
    const path = `/blockhouse/v1/users/${encodeURIComponent(inputOf(user))}`;
    const call = { method: 'GET', path, limits: wholeListLimits } as const;
    return (await this.#api.request(call, options, hasTexts('verdict', 'advice'))) as Diagnosis;
  }
}
