import type { UserElement } from './wire/index.ts';

/** A user as the caller names them: a phone number or `wa_id`, or a business-scoped user ID. */
export type User = string | { readonly phone: string } | { readonly userId: string };

/** What goes into a request for a user. */
export function toWire(user: User): UserElement {
  if (typeof user === 'string') return { user };
  return 'phone' in user ? { user: user.phone } : { user_id: user.userId };
}

/** The text that comes back as `input` for a user. */
export function inputOf(user: User): string {
  if (typeof user === 'string') return user;
  return 'phone' in user ? user.phone : user.userId;
}

/** Whether a row of the list is this user: phones are compared by their digits, IDs as they are. */
export function isSameUser(
  user: User,
  row: { readonly waId: string | null; readonly userId: string | null },
): boolean {
  const input = inputOf(user);
  if (row.userId !== null && row.userId === input) return true;
  return row.waId !== null && row.waId === input.replace(/\D/g, '').replace(/^00/, '');
}
