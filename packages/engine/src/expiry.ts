import type { Facts, UserFacts } from './facts.ts';
import type { WaId } from './phone.ts';
import type { ActivityEntry, AuditContext } from './records.ts';

/** The facts once everything whose time is over has ended, and what must be written of that. */
export interface AfterExpiry {
  readonly facts: Facts;
  /** Users whose blocks have ended. */
  readonly removed: readonly WaId[];
  /** Users whose standing blocks have ended. */
  readonly endedStanding: readonly WaId[];
  readonly activity: readonly ActivityEntry[];
}

/**
 * Ends what is over by `atMs`: a temporary block, a standing block that nobody met. Every decision begins with this, so that
 * a block ends at its moment, whoever looks first. A block that another platform enforces ends there first.
 * @param endedThere users whose blocks that are over have ended on that platform as well.
 */
export function applyExpiry(
  facts: Facts,
  atMs: number,
  endedThere: ReadonlySet<WaId> = new Set(),
): AfterExpiry {
  let users: Map<WaId, UserFacts> | null = null;
  const removed: WaId[] = [];
  const endedStanding: WaId[] = [];
  const activity: ActivityEntry[] = [];
  for (const [waId, user] of facts.users) {
    const mayEndHere = facts.number.upstream === null || endedThere.has(waId);
    const blockIsOver = mayEndHere && hasExpired(user.block, atMs);
    const standingIsOver = hasExpired(user.standing, atMs);
    if (!blockIsOver && !standingIsOver) continue;
    users ??= new Map(facts.users);
    users.set(waId, {
      ...user,
      ...(blockIsOver && { blocked: false, block: null }),
      ...(standingIsOver && { standing: null }),
    });
    if (blockIsOver) {
      removed.push(waId);
      activity.push(ended('unblock', waId, user.block?.keyId, user.block?.untilMs ?? atMs));
    }
    if (standingIsOver) {
      endedStanding.push(waId);
      activity.push(ended('withdraw', waId, user.standing?.cause.keyId, user.standing?.untilMs ?? atMs));
    }
  }
  if (users === null) return { facts, removed, endedStanding, activity };
  const { version, size } = facts.blocklist;
  return {
    facts: { ...facts, users, blocklist: { version, size: size - removed.length } },
    removed,
    endedStanding,
    activity,
  };
}

/** Whether a block or a standing block has ended by itself by then. */
export function hasExpired(what: { readonly untilMs: number | null } | null, atMs: number): boolean {
  return what !== null && what.untilMs !== null && what.untilMs <= atMs;
}

/** It ended when its time was over, however late somebody looked. */
function ended(
  operation: 'unblock' | 'withdraw',
  waId: WaId,
  keyId: AuditContext['keyId'] | undefined,
  atMs: number,
): ActivityEntry {
  const cause = { keyId: keyId ?? '', person: null, source: 'until', note: null } as const;
  return { atMs, operation, waId, input: String(waId), outcome: 'expired', ...cause };
}
