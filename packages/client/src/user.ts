import type { UserElement } from './wire/index.ts';

/**
 * A user as the caller names them: a string with a phone number or `wa_id`, a phone number, or a
 * business-scoped user ID.
 */
export type User = string | { readonly phone: string } | { readonly userId: string };

/** The element of `block_users` for a user. */
export function toWire(user: User): UserElement {
  if (typeof user === 'string') return { user };
  return 'phone' in user ? { user: user.phone } : { user_id: user.userId };
}

/** The text that a response contains as `input` of a user. */
export function inputOf(user: User): string {
  if (typeof user === 'string') return user;
  return 'phone' in user ? user.phone : user.userId;
}

/** Whether a user is named by business-scoped user ID, such as `US.13491208655302741918`. */
export function isUserId(user: User): boolean {
  return (typeof user === 'object' && 'userId' in user) || /^[A-Z]{2}\./i.test(inputOf(user));
}

/** The name of a user in a row of the list: the digits of a phone number, or an unchanged ID. */
export function nameOf(user: User): string {
  const input = inputOf(user);
  if (isUserId(user)) return input;
  // The server reads these in the same way: full-width digits, and a trunk prefix such as +44 (0) 20.
  const plain = input.normalize('NFKC').replace(/(?<=\d\s*)\(\s*0\s*\)/, '');
  return plain.replace(/\D/g, '').replace(/^00/, '');
}
