import type { UserElement } from './wire/index.ts';

/** A user as the caller names them: a phone number or `wa_id`, or a business-scoped user ID. */
export type User = string | { readonly phone: string } | { readonly userId: string };

/** The value for a user in a request. */
export function toWire(user: User): UserElement {
  if (typeof user === 'string') return { user };
  return 'phone' in user ? { user: user.phone } : { user_id: user.userId };
}

/** The text that comes back as `input` for a user. */
export function inputOf(user: User): string {
  if (typeof user === 'string') return user;
  return 'phone' in user ? user.phone : user.userId;
}

/** Whether a user is named by a business-scoped user ID: two letters of a country, a dot, and more. */
export function isUserId(user: User): boolean {
  return (typeof user === 'object' && 'userId' in user) || /^[A-Z]{2}\./i.test(inputOf(user));
}

/** The names of this user in a row of the list: phones are compared by their digits, IDs as they are. */
export function nameOf(user: User): string {
  const input = inputOf(user);
  if (isUserId(user)) return input;
  // As the server reads it: full-width digits, and the zero that is dialed only at home.
  const plain = input.normalize('NFKC').replace(/(?<=\d\s*)\(\s*0\s*\)/, '');
  return plain.replace(/\D/g, '').replace(/^00/, '');
}
