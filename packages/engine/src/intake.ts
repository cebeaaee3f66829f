import { withoutExpired } from './expiry.ts';
import { nameLengthMax } from './limits.ts';
import { webhookMemoryMs } from './outbox.ts';
import type { WaId } from './phone.ts';
import { settledChange } from './rules.ts';
import type { Admission, Decision, Facts, Notice, UserFacts } from './store.ts';
import { cut } from './text.ts';
import { isWindowOpen } from './window.ts';

/** One thing that the platform of a `cloud` number tells: a message, a status, or any other event. */
export interface Piece {
  /** What makes it the same when it is told again. */
  readonly key: string;
  /** Whom it is about, under every name we may know them by, the usual one first; empty: nobody. */
  readonly users: readonly WaId[];
  /** Set when it is a message that a user wrote. */
  readonly message: { readonly sentAtMs: number; readonly name: string | null } | null;
  /** The body of the webhook that passes it on. */
  readonly body: string;
}

/** What became of what was told, and who is to be blocked now. */
export interface IntakeOutcome {
  readonly admitted: number;
  readonly dropped: number;
  /** Users whose standing blocks their messages have met. */
  readonly met: readonly WaId[];
}

/**
 * Takes in what a `cloud` number's platform tells. A message opens its user's window and goes on to the business. One that
 * meets a standing block is kept back: the block can now be placed, and until the platform has confirmed it, the order stays
 * and keeps back what comes. What the user had written before the block was confirmed, and arrives late, is kept back as well;
 * what they write later was let through by the platform, so they are not blocked, and it goes on.
 */
export function decideIntake(given: Facts, pieces: readonly Piece[], atMs: number): Decision<IntakeOutcome> {
  const settled = withoutExpired(given, atMs);
  const { facts } = settled;
  const listens = facts.number.webhook !== null;
  const admissions = new Map<WaId, Admission>();
  const dropped = new Map<WaId, number>();
  const notices: Notice[] = [];
  const told = new Set<string>();
  const met = new Set<WaId>();
  let admitted = 0;
  for (const { key, users, message, body } of pieces) {
    const [user = facts.number.waId] = users;
    if (message !== null) {
      const holder = users.find((waId) => isKeptBack(userOf(facts, waId), message.sentAtMs));
      const isStanding = holder !== undefined && userOf(facts, holder).standing !== null;
      const isRecent = isWindowOpen(message.sentAtMs, atMs);
      if (holder !== undefined) dropped.set(holder, (dropped.get(holder) ?? 0) + 1);
      if (isStanding && isRecent) met.add(holder);
      // What a repeated message says of its user is known already.
      if (told.has(key) || wasToldLately(facts, key, atMs)) continue;
      if (holder === undefined) admitted++;
      if (holder === undefined || isStanding)
        open(admissions, holder ?? user, holder === undefined, message, isRecent);
      if (holder !== undefined) continue;
    }
    if (!listens || told.has(key) || wasToldLately(facts, key, atMs)) continue;
    told.add(key);
    notices.push({ waId: user, messageId: key, body });
  }
  const base = settledChange(settled, { atMs, added: [], removed: [] });
  const total = [...dropped.values()].reduce((sum, count) => sum + count, 0);
  return {
    answer: { admitted, dropped: total, met: [...met] },
    change: { ...base, admitted: admissions, dropped, notices },
  };
}

/** A message that was under way for more than a day has opened a window that is closed again. */
function open(
  admissions: Map<WaId, Admission>,
  waId: WaId,
  isAdmitted: boolean,
  { name }: { readonly name: string | null },
  isRecent: boolean,
): void {
  if (!isRecent) return;
  const before = admissions.get(waId);
  const kept = name === null ? null : cut(name.trim(), nameLengthMax) || null;
  admissions.set(waId, {
    count: (before?.count ?? 0) + (isAdmitted ? 1 : 0),
    name: kept ?? before?.name ?? null,
  });
}

function isKeptBack({ standing, block }: UserFacts, sentAtMs: number): boolean {
  return standing !== null || (block?.source === 'standing' && sentAtMs <= block.sinceMs);
}

function wasToldLately(facts: Facts, key: string, atMs: number): boolean {
  const seenAtMs = facts.seenAtMs.get(key);
  return seenAtMs !== undefined && atMs - seenAtMs < webhookMemoryMs;
}

function userOf(facts: Facts, waId: WaId): UserFacts {
  const user = facts.users.get(waId);
  if (user === undefined) throw new Error('the store left out a user that was asked for');
  return user;
}
