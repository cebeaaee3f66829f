import type { BlockedUser } from './pages.ts';
import { isUserId, nameOf, type User } from './user.ts';
import { phoneVariants } from './wire/index.ts';

/**
 * Whether a user is blocked. `unknown`: the user was not found, and that proves nothing, since the list may show them under
 * a name that cannot be known from here.
 */
export type BlockedState = boolean | 'unknown';

/** The question to a whole list: whether users are on it. */
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

  /** A row of the list. @returns whether all users are found, so that nothing more needs to be read. */
  see({ waId, userId }: BlockedUser): boolean {
    this.#hasHiddenPhone ||= waId === null;
    this.#hasHiddenId ||= userId === null;
    for (const name of [waId, userId])
      for (const index of (name !== null && this.#waiting.get(name)) || []) this.#missing.delete(index);
    return this.#missing.size === 0;
  }

  /** The answer of the whole list for each user, in their order. */
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
 * Whether a phone can be on a list under these digits alone. In Mexico, Argentina and Brazil a `wa_id` is not always the
 * number that is dialed; and a text that is no phone in full names nobody for certain.
 */
function hasOneSpelling([digits = '', ...others]: readonly string[]): boolean {
  return others.length === 0 && /^[1-9]\d{6,14}$/.test(digits) && !/^5[245]/.test(digits);
}
