import type { Admission, Decision, OutboxMessage } from './change.ts';
import { applyExpiry } from './expiry.ts';
import type { Facts, UserFacts } from './facts.ts';
import { nameLengthMax } from './limits.ts';
import { webhookRetentionMs } from './outbox.ts';
import type { WaId } from './phone.ts';
import { changeAfterExpiry } from './rules.ts';
import { cut } from './text.ts';
import { isWindowOpen } from './window.ts';

/** One thing that the platform of a `cloud` number tells: a message, a status, or any other event. */
export interface WebhookItem {
  /** What makes it the same when it is told again. */
  readonly key: string;
  /** Whom it is about; null: nobody in particular. */
  readonly user: WaId | null;
  /** Set when it is a message that a user wrote. */
  readonly message: { readonly sentAtMs: number; readonly name: string | null } | null;
  /** The body of the webhook that passes it on. */
  readonly body: string;
}

/** What became of what was told, and who is to be blocked now. */
export interface IngestOutcome {
  /** How many messages came a day or more after they were written: they open no window. */
  readonly late: number;
  readonly admitted: number;
  readonly dropped: number;
  /** Users whose standing blocks their messages have triggered. */
  readonly triggered: readonly WaId[];
  /** Keys of messages that no webhook was made for: what comes again must be known all the same. */
  readonly withoutWebhook: readonly string[];
}

/** Meta writes times in whole seconds: by the end of it the message was written. */
const secondMs = 999;

/**
 * Takes in what a `cloud` number's platform tells. A message opens its user's window, from when it was written, and goes on to
 * the business. One that meets a standing block is kept back: the block can now be placed, and until the platform has confirmed
 * it, the order stays and keeps back what comes. What the user had written before the block was confirmed, and arrives late, is
 * kept back as well; what they write later was let through by the platform, so they are not blocked, and it goes on.
 * @param options.seen keys of {@link IngestOutcome.withoutWebhook} messages within a day.
 */
export function decideIngest(
  given: Facts,
  pieces: readonly WebhookItem[],
  { atMs, seen }: { readonly atMs: number; readonly seen: ReadonlySet<string> },
): Decision<IngestOutcome> {
  const settled = applyExpiry(given, atMs);
  const { facts } = settled;
  const listens = facts.number.webhook !== null;
  const admissions = new Map<WaId, Admission>();
  const dropped = new Map<WaId, number>();
  const webhooks: OutboxMessage[] = [];
  const withoutWebhook: string[] = [];
  const told = new Set<string>();
  const triggered = new Set<WaId>();
  let admitted = 0;
  let late = 0;
  for (const { key, user, message, body } of pieces) {
    if (told.has(key) || seen.has(key) || isDuplicate(facts, key, atMs)) continue;
    told.add(key);
    const isHeld = message !== null && user !== null && isKeptBack(userOf(facts, user), message.sentAtMs);
    if (message !== null && user !== null) {
      const order = userOf(facts, user).standing;
      const writtenAtMs = Math.min(message.sentAtMs + secondMs, atMs);
      const isOpen = isWindowOpen(writtenAtMs, atMs);
      // An order is triggered by what comes after it, whenever it was written; what comes a day late opens nothing.
      const openedAtMs = isOpen ? Math.max(writtenAtMs, order?.placedAtMs ?? 0) : writtenAtMs;
      if (!isOpen) late++;
      if (isHeld) dropped.set(user, (dropped.get(user) ?? 0) + 1);
      else admitted++;
      if (!isHeld || order !== null)
        admit(admissions, user, { facts, openedAtMs, name: message.name, isAdmitted: !isHeld });
      if (isOpen && order !== null) triggered.add(user);
      if (isHeld || !listens) withoutWebhook.push(key);
    }
    if (listens && !isHeld) webhooks.push({ waId: user ?? facts.number.waId, messageId: key, body });
  }
  const base = changeAfterExpiry(settled, { atMs, added: [], removed: [] });
  const total = [...dropped.values()].reduce((sum, count) => sum + count, 0);
  return {
    answer: { admitted, dropped: total, late, triggered: [...triggered], withoutWebhook },
    change: { ...base, admitted: admissions, dropped, webhooks },
  };
}

function admit(
  admissions: Map<WaId, Admission>,
  waId: WaId,
  {
    facts,
    openedAtMs,
    name,
    isAdmitted,
  }: { facts: Facts; openedAtMs: number; name: string | null; isAdmitted: boolean },
): void {
  const before = admissions.get(waId);
  const kept = name === null ? null : cut(name.trim(), nameLengthMax) || null;
  admissions.set(waId, {
    count: (before?.count ?? 0) + (isAdmitted ? 1 : 0),
    name: kept ?? before?.name ?? null,
    // A late message does not close what a later one has opened.
    openedAtMs: Math.max(openedAtMs, before?.openedAtMs ?? 0, userOf(facts, waId).lastInboundMs ?? 0),
  });
}

function isKeptBack({ standing, block }: UserFacts, sentAtMs: number): boolean {
  return standing !== null || (block?.source === 'standing' && sentAtMs <= block.sinceMs);
}

function isDuplicate(facts: Facts, key: string, atMs: number): boolean {
  const seenAtMs = facts.seenAtMs.get(key);
  return seenAtMs !== undefined && atMs - seenAtMs < webhookRetentionMs;
}

function userOf(facts: Facts, waId: WaId): UserFacts {
  const user = facts.users.get(waId);
  if (user === undefined) throw new Error('the store left out a user that was asked for');
  return user;
}
