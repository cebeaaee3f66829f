import { isUserId, nameOf, type User } from '../user.ts';
import { phoneVariants } from '../wire/index.ts';
import type { BlockedUser } from './pages.ts';

/**
 * Whether a user is blocked. `unknown` means that the user was not found, but the list may show them under
 * another name: without a phone number, without a user ID, or with another national spelling. Compare with
 * `=== true` or `=== false`, because `unknown` counts as true in an `if`.
 */
export type BlockedState = boolean | 'unknown';

/** Looks for users in a whole list, row by row. */
export class Membership {
  readonly #users: readonly User[];
  readonly #names: readonly (readonly string[])[];
  readonly #missing = new Set<number>();
  readonly #waiting = new Map<string, number[]>();
  #hasHiddenPhone = false;
  #hasHiddenId = false;

  constructor(users: readonly User[]) {
    this.#users = users;
    this.#names = users.map((user) => (isUserId(user) ? [nameOf(user)] : phoneVariants(nameOf(user))));
    for (const [index, names] of this.#names.entries()) {
      this.#missing.add(index);
      for (const name of names) this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), index]);
    }
  }

  /** Takes a row of the list. @returns whether all users are found, so that the rest need not be read. */
  see({ waId, userId }: BlockedUser): boolean {
    this.#hasHiddenPhone ||= waId === null;
    this.#hasHiddenId ||= userId === null;
    for (const name of [waId, userId])
      for (const index of (name !== null && this.#waiting.get(name)) || []) this.#missing.delete(index);
    return this.#missing.size === 0;
  }

  /** The states of the users after the last row, in their order. */
  states(): readonly BlockedState[] {
    return this.#users.map((user, index) => {
      if (!this.#missing.has(index)) return true;
      const isProof = isUserId(user)
        ? !this.#hasHiddenId
        : !this.#hasHiddenPhone && hasOneSpelling(this.#names[index] ?? []);
      return isProof ? false : 'unknown';
    });
  }
}

/**
 * Whether these digits are the only `wa_id` that a phone number can have. In Mexico, Argentina, and Brazil
 * (52, 54, 55), a `wa_id` can differ from the dialed number. A text that is not a full phone number proves
 * nothing.
 */
function hasOneSpelling([digits = '', ...others]: readonly string[]): boolean {
  return others.length === 0 && /^[1-9]\d{6,14}$/.test(digits) && !/^5[245]/.test(digits);
}
