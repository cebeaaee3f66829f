import type { Facts, UserFacts } from './facts.ts';
import { windowMs } from './limits.ts';
import type { WaId } from './phone.ts';
import type { UserProfile } from './records.ts';

/** The fixed state of a magic user, whatever has happened before. */
export type MagicUser = 'in_window' | 'out_of_window' | 'business' | 'not_on_whatsapp' | 'internal_error';

/**
 * The sandbox's magic users, as card numbers are for payments. Area code 555 is unassigned in the North American
 * plan, so no real person has these numbers.
 */
export const magicUsers: ReadonlyMap<WaId, MagicUser> = new Map<WaId, MagicUser>([
  [15550100001, 'in_window'],
  [15550100002, 'out_of_window'],
  [15550100003, 'business'],
  [15550100004, 'not_on_whatsapp'],
  [15550100005, 'internal_error'],
]);

/** How long ago the magic user who is always out of the window last wrote. */
const outOfWindowMs = windowMs + 60 * 60 * 1000;

/** The facts as magic users want them; the same object when none of them is concerned. */
export function applyMagicUsers(facts: Facts, atMs: number): Facts {
  let users: Map<WaId, UserFacts> | null = null;
  for (const [waId, user] of facts.users) {
    const magic = magicUsers.get(waId);
    if (magic === undefined) continue;
    users ??= new Map(facts.users);
    users.set(waId, charmed(user, magic, atMs));
  }
  return users === null ? facts : { ...facts, users };
}

/** The profile of a magic user. */
export function magicProfile(magic: MagicUser): UserProfile {
  const kind = magic === 'business' ? 'business' : magic === 'not_on_whatsapp' ? 'none' : 'consumer';
  return { kind, name: null, username: null, phoneHidden: false };
}

function charmed(user: UserFacts, magic: MagicUser, atMs: number): UserFacts {
  const profile = magicProfile(magic);
  if (magic === 'in_window') return { ...user, profile, lastInboundMs: atMs };
  if (magic === 'out_of_window') return { ...user, profile, lastInboundMs: atMs - outOfWindowMs };
  return { ...user, profile };
}
