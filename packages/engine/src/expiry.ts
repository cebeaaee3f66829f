import { type Change, type Decision, emptyChange, type NewBlock, nextVersion } from './change.ts';
import type { Facts, UserFacts } from './facts.ts';
import type { WaId } from './phone.ts';
import type { ActivityEntry, AuditContext } from './records.ts';

/** The facts after every expired block and standing block has ended, and the part of a change that records it. */
export interface AfterExpiry {
  readonly facts: Facts;
  /** Users whose blocks have ended. */
  readonly removed: readonly WaId[];
  /** Users whose standing blocks have ended. */
  readonly endedStanding: readonly WaId[];
  readonly activity: readonly ActivityEntry[];
}

/**
 * Ends the blocks and standing blocks whose end is at or before `atMs`. Every decision begins with this, so that a block ends
 * on time, even when no timer has run. A block that another platform enforces ends there first.
 * @param endedThere users whose expired blocks have ended on that platform as well.
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
      activity.push(expired('unblock', waId, user.block?.keyId, user.block?.untilMs ?? atMs));
    }
    if (standingIsOver) {
      endedStanding.push(waId);
      activity.push(expired('withdraw', waId, user.standing?.cause.keyId, user.standing?.untilMs ?? atMs));
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

/** The change that records what has expired, with users who are blocked and unblocked besides. */
export function changeAfterExpiry(
  { facts, removed: expired, endedStanding, activity }: AfterExpiry,
  {
    atMs,
    added = [],
    removed = [],
  }: { readonly atMs: number; readonly added?: readonly NewBlock[]; readonly removed?: readonly WaId[] },
): Change {
  const { version, size } = facts.blocklist;
  const leaving = [...expired, ...removed];
  return {
    ...emptyChange(atMs),
    blocklist:
      added.length + leaving.length === 0
        ? null
        : {
            version: nextVersion(version, atMs, facts.number.waId),
            size: size + added.length - removed.length,
            removed: leaving,
            added,
          },
    endedStanding,
    activity,
  };
}

/** Ends what has expired, and nothing else. Answers how many blocks and standing blocks have ended. */
export function decideExpiry(given: Facts, atMs: number): Decision<number> {
  const current = applyExpiry(given, atMs);
  const ended = current.activity.length;
  return { answer: ended, change: ended === 0 ? null : changeAfterExpiry(current, { atMs }) };
}

/** Whether a block or a standing block has ended by itself by `atMs`. */
export function hasExpired(block: { readonly untilMs: number | null } | null, atMs: number): boolean {
  return block !== null && block.untilMs !== null && block.untilMs <= atMs;
}

/** The entry bears the time of the end, however late it is recorded. */
function expired(
  operation: 'unblock' | 'withdraw',
  waId: WaId,
  keyId: AuditContext['keyId'] | undefined,
  atMs: number,
): ActivityEntry {
  const cause = { keyId: keyId ?? '', person: null, source: 'until', note: null } as const;
  return { atMs, operation, waId, input: String(waId), outcome: 'expired', ...cause };
}
