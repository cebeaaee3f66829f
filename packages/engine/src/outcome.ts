import type { WaId } from './phone.ts';

/** Why one user was not blocked or unblocked. A value, never an exception; the catalogue of errors has its texts. */
export type RefusalReason =
  | 'invalid_format'
  | 'not_a_user'
  | 'self'
  | 'business'
  | 'window_closed'
  | 'list_full';

/** The result of one element of a request. */
export type Outcome =
  | {
      readonly done: true;
      readonly changed: boolean;
      /** The user's `wa_id` at the platform, when it differs from what the caller wrote. */
      readonly waId?: WaId;
    }
  | {
      readonly done: false;
      readonly reason: RefusalReason;
      readonly waId?: WaId;
      /** The user is not blocked yet: a standing block waits for their next message. */
      readonly standing?: true;
      /** The platform's own text, when the platform is not this one. */
      readonly text?: RefusalText;
    }
  | {
      readonly done: false;
      /** `other`: refused for a reason that is not in the catalogue; `failed`: certainly not done; `unknown`: perhaps done, perhaps not. */
      readonly reason: 'other' | 'failed' | 'unknown';
      readonly waId?: WaId;
      readonly standing?: undefined;
      readonly text: RefusalText;
    };

/** The platform's error for a user whom it did not block or unblock. */
export interface RefusalText {
  readonly code: number;
  readonly message: string;
  readonly details: string;
}

/**
 * An outcome in one word: `done`, `unchanged` (no change was needed), `standing` (a standing block waits), or the
 * reason of the refusal.
 */
export function outcomeCode(
  outcome: Outcome,
): 'done' | 'unchanged' | 'standing' | (Outcome & { done: false })['reason'] {
  if (!outcome.done) return outcome.standing ? 'standing' : outcome.reason;
  return outcome.changed ? 'done' : 'unchanged';
}

/** Whether the caller has to try again: the outcome is unknown, or nothing was done. */
export function isLost(outcome: Outcome): boolean {
  return !outcome.done && (outcome.reason === 'failed' || outcome.reason === 'unknown');
}
