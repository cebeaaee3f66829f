import {
  BlockhouseError,
  ConnectionError,
  ServerError,
  TimeoutError,
  UnexpectedAnswerError,
} from './errors.ts';
import type { ChangedUser, Refusal } from './results.ts';
import { inputOf, type User } from './user.ts';

/** A user whose block or unblock did not finish, and what the server said about it. */
export interface UnfinishedUser {
  /** As the caller named them. */
  readonly user: User;
  /** The `phone_number_id`; null when the call ended before its numbers were known. */
  readonly number: string | null;
  /** The server's code, message and details about this user on this number; null when it said nothing. */
  readonly code: number | null;
  readonly message: string | null;
  readonly details: string | null;
}

/**
 * The known state of the users of a call that did not finish. Each user is in exactly one list, once for each number.
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
 * A call that blocks or unblocks did not finish, and some of its users may have been changed. `cause` is what went wrong;
 * it is absent when the answer was silent about some users. `code`, `status` and `traceId` are those of the cause.
 *
 * To finish the work, call again with {@link usersToRetry}. A bulk call of Blockhouse is resumed by the same request with
 * `idempotencyKey: error.run`.
 */
export class AmbiguousOutcome extends BlockhouseError implements KnownOutcome {
  override readonly name = 'AmbiguousOutcome';
  /** Blocked or unblocked for certain. */
  readonly changed: readonly ChangedUser[];
  /** Refused for certain. */
  readonly refused: readonly Refusal[];
  /** Standing blocks placed or withdrawn for certain; only bulk calls of Blockhouse have any. */
  readonly standing: readonly ChangedUser[];
  /** Changed or not: nobody knows. It is safe to repeat the call for them. */
  readonly unknown: readonly UnfinishedUser[];
  /** Certainly not changed: their requests were never sent, or were refused as a whole. */
  readonly remaining: readonly UnfinishedUser[];
  /** The idempotency key of a bulk call of Blockhouse, which resumes it; null for Meta's calls. */
  readonly run: string | null;
  /** Why the work did not finish: the message of `cause`, or what the server said about the first user who is not done. */
  readonly explanation: string | null;

  constructor(known: Partial<KnownOutcome> = {}, cause?: unknown) {
    const { changed = [], refused = [], standing = [], unknown = [], remaining = [], run = null } = known;
    const explanation = cause instanceof Error ? cause.message : saidOf([...remaining, ...unknown]);
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

  /** The users of `unknown` and `remaining`, each once. Calling again with them finishes the work. */
  get usersToRetry(): readonly User[] {
    const users = [...this.unknown, ...this.remaining].map(({ user }) => user);
    return [...new Map(users.map((user) => [inputOf(user), user])).values()];
  }
}

/**
 * Whether a failed call may have changed something all the same: true for every {@link AmbiguousOutcome}, and for faults,
 * timeouts, broken connections and unreadable answers. Blocking and unblocking are safe to repeat.
 */
export function isAmbiguous(error: unknown): boolean {
  return (
    error instanceof AmbiguousOutcome ||
    error instanceof ServerError ||
    error instanceof ConnectionError ||
    error instanceof TimeoutError ||
    error instanceof UnexpectedAnswerError
  );
}

/** The server's answer about the first user that it mentioned. */
function saidOf(users: readonly UnfinishedUser[]): string | null {
  const said = users.find(({ message }) => message !== null);
  return said?.details || said?.message || null;
}

/** A user about whom nothing was said. */
export function unfinished(user: User, number: string | null): UnfinishedUser {
  return { user, number, code: null, message: null, details: null };
}
