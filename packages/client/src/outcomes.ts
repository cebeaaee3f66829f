import { BlockhouseError } from './errors.ts';
import { inputOf, type User } from './user.ts';
import type { RefusalName } from './wire/index.ts';

/** A user who was blocked or unblocked. */
export interface ChangedUser {
  /** The user as the caller named them. */
  readonly user: User;
  /** Null if the caller named the user by business-scoped user ID. */
  readonly waId: string | null;
  /** The business-scoped user ID; null if the caller named the user by phone. */
  readonly userId: string | null;
}

/** A user who was refused, and the reason. */
export interface Refusal extends ChangedUser {
  /** The error code of Meta, such as 131047. */
  readonly code: number;
  /** The reason in one word; `other` if the server gave a reason that the SDK does not know. */
  readonly reason: RefusalName | 'other';
  /** Meta's message. */
  readonly message: string;
  /** Meta's `error_data.details`. */
  readonly details: string;
  /** The meaning of the refusal, and what to do, in plain English. */
  readonly explanation: string;
}

/** Some or all users were refused. Only {@link throwIfRefused} throws this error. */
export class UsersRefused extends BlockhouseError {
  override readonly name = 'UsersRefused';
  readonly refused: readonly Refusal[];

  constructor(refused: readonly Refusal[]) {
    const [first] = refused;
    const others = refused.length > 1 ? `, and ${refused.length - 1} more` : '';
    super(
      `${first === undefined ? 'nobody' : inputOf(first.user)} was refused: ${first?.explanation ?? ''}${others}`,
    );
    this.refused = refused;
  }
}

/**
 * Turns refusals into an exception.
 * @returns the result, if no user was refused.
 * @throws UsersRefused with all refusals.
 */
export function throwIfRefused<Result extends { readonly refused: readonly Refusal[] }>(
  result: Result,
): Result {
  if (result.refused.length > 0) throw new UsersRefused(result.refused);
  return result;
}
