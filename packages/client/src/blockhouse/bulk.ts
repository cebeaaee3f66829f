import type { AmbiguousOutcome } from '../ambiguous.ts';
import type { ChangedUser, Refusal } from '../outcomes.ts';
import type { User } from '../user.ts';

/** Any number of users on some or all numbers of a Blockhouse server. */
export interface BulkRequest {
  readonly users: readonly User[];
  /** `phone_number_id`s; all numbers that the key opens by default. */
  readonly numbers?: readonly string[];
  /** The reason of the change. If it is left out, an existing block keeps its note; null clears it. */
  readonly note?: string | null;
}

/** Standing blocks to place. */
export interface BulkStandingRequest extends BulkRequest {
  /** The expiry, ISO 8601. If it is left out, an existing block keeps its expiry; null clears it. */
  readonly until?: string | null;
}

/** Blocks to set. */
export interface BulkBlockRequest extends BulkStandingRequest {
  /**
   * The treatment of users who did not write within the last 24 hours: `refuse` (the default), or a standing block.
   */
  readonly whenClosed?: 'refuse' | 'standing';
}

/** The options of a bulk call. */
export interface BulkOptions {
  /** Ends the call immediately. It rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * The idempotency key; a random one by default. A call with the same key returns the same results, or
   * resumes the work.
   */
  readonly idempotencyKey?: string;
  /** Called as results arrive. An error that it throws ends the call, which rejects with it. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /**
   * Called with the known outcome of each user when the call fails, right before it rejects. Use it to get
   * the known results of a call that rejects with your own error: the reason of `signal`, or an error from
   * `onProgress`.
   */
  readonly onUnfinished?: (known: AmbiguousOutcome) => void;
}

/** A changed user on one number. */
export interface UserAtNumber extends ChangedUser {
  /** The `phone_number_id`. */
  readonly number: string;
}

/** The result of a bulk call. Each user is in exactly one list, once for each number. */
export interface BulkResult {
  /** The idempotency key of the call. */
  readonly run: string;
  /** The users who were blocked or unblocked. */
  readonly changed: readonly UserAtNumber[];
  /** The users whose standing blocks were placed or withdrawn. */
  readonly standing: readonly UserAtNumber[];
  readonly refused: readonly (Refusal & { readonly number: string })[];
}
