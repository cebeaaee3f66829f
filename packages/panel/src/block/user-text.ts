import type { User } from '@blockhouse/client';

/** The name of a user in a call. */
export function textOf(user: User): string {
  if (typeof user === 'string') return user;
  return 'phone' in user ? user.phone : user.userId;
}
