import {
  BlockhouseError,
  ConnectionError,
  ServerError,
  TimeoutError,
  UnexpectedResponseError,
} from './errors.ts';
import type { ChangedUser, Refusal } from './outcomes.ts';
import { inputOf, type User } from './user.ts';

/** A user whose block or unblock did not finish, and the server's error about it. */
export interface UnfinishedUser {
  /** The user as the caller named them. */
  readonly user: User;
  /** The `phone_number_id`; null if the call ended before its numbers were known. */
  readonly number: string | null;
  /**
   * The server's code for this user on this number; null, like `message` and `details`, if it did not send
   * one.
   */
  readonly code: number | null;
  readonly message: string | null;
  readonly details: string | null;
}

/**
 * The known outcome of a call that did not finish. Each user is in exactly one list, once for each number.
 * The lists are those of {@link AmbiguousOutcome}.
 */
export interface KnownOutcome {
  readonly changed: readonly ChangedUser[];
  readonly refused: readonly Refusal[];
  readonly standing: readonly ChangedUser[];
  readonly unknown: readonly UnfinishedUser[];
  readonly remaining: readonly UnfinishedUser[];
  readonly run: string | null;
}

/**
 * A call that blocks or unblocks did not finish, and some of its users may have been changed. `cause` is the
 * error that interrupted it. There is no cause if the response did not mention some users. `code`, `status`,
 * and `traceId` come from the cause.
 *
 * To finish the work, call the method again with {@link usersToRetry}. To resume a bulk call of Blockhouse,
 * send the same request with `idempotencyKey: error.run`.
 */
export class AmbiguousOutcome extends BlockhouseError implements KnownOutcome {
  override readonly name = 'AmbiguousOutcome';
  /** Users who were certainly blocked or unblocked. */
  readonly changed: readonly ChangedUser[];
  /** Users who were certainly refused. */
  readonly refused: readonly Refusal[];
  /**
   * Users whose standing blocks were certainly placed or withdrawn. Only bulk calls of Blockhouse have any.
   */
  readonly standing: readonly ChangedUser[];
  /** Users who may have been changed. It is safe to repeat the call for them. */
  readonly unknown: readonly UnfinishedUser[];
  /** Users who were certainly not changed: their requests were not sent, or were refused as a whole. */
  readonly remaining: readonly UnfinishedUser[];
  /** The idempotency key of a bulk call of Blockhouse; null for calls of Meta's API. */
  readonly run: string | null;
  /**
   * The message of `cause`, or the server's message for the first unfinished user; null if there is neither.
   */
  readonly explanation: string | null;

  constructor(known: Partial<KnownOutcome> = {}, cause?: unknown) {
    const { changed = [], refused = [], standing = [], unknown = [], remaining = [], run = null } = known;
    const explanation = cause instanceof Error ? cause.message : messageOf([...remaining, ...unknown]);
    const placed = standing.length === 0 ? '' : `${standing.length} standing, `;
    super(
      `the work is not finished: ${changed.length} done, ${placed}${refused.length} refused, ${unknown.length} unknown, ` +
        `${remaining.length} not tried${explanation === null ? '' : `; ${explanation}`}`,
      { cause },
    );
    this.changed = changed;
    this.refused = refused;
    this.standing = standing;
    this.unknown = unknown;
    this.remaining = remaining;
    this.run = run;
    this.explanation = explanation;
  }

  /** The users of `unknown` and `remaining`, each once. A call with them finishes the work. */
  get usersToRetry(): readonly User[] {
    const users = [...this.unknown, ...this.remaining].map(({ user }) => user);
    return [...new Map(users.map((user) => [inputOf(user), user])).values()];
  }
}

/**
 * Whether a failed call may have changed something: true for every {@link AmbiguousOutcome}, and for server
 * failures, timeouts, broken connections, and unreadable responses. Blocking and unblocking are safe to
 * repeat.
 */
export function isAmbiguous(error: unknown): boolean {
  return (
    error instanceof AmbiguousOutcome ||
    error instanceof ServerError ||
    error instanceof ConnectionError ||
    error instanceof TimeoutError ||
    error instanceof UnexpectedResponseError
  );
}

/** The server's error about the first user that it mentioned. */
function messageOf(users: readonly UnfinishedUser[]): string | null {
  const mentioned = users.find(({ message }) => message !== null);
  return mentioned?.details || mentioned?.message || null;
}

/** A user whom the server did not mention. */
export function unfinished(user: User, number: string | null): UnfinishedUser {
  return { user, number, code: null, message: null, details: null };
}
