import type { Admission, Decision, MessageRecord, OutboxMessage } from './change.ts';
import { applyExpiry, changeAfterExpiry } from './expiry.ts';
import { type Facts, isDuplicate, type UserFacts, userOf } from './facts.ts';
import { webhookRetentionMs } from './outbox.ts';
import type { WaId } from './phone.ts';
import { storedName } from './text.ts';
import { isWindowOpen } from './window.ts';

/** One item of a webhook from the platform of a `cloud` number: a message, a status, or any other event. */
export interface WebhookItem {
  /** Identifies the item when it is delivered again. */
  readonly key: string;
  /** The user it is about; null: none in particular. */
  readonly user: WaId | null;
  /** Set when the item is a message that a user wrote. */
  readonly message: { readonly sentAtMs: number; readonly name: string | null } | null;
  /** The body of the webhook that passes it on. */
  readonly body: string;
}

/** The outcomes of the items of a webhook. */
export interface IngestOutcome {
  /** Messages that came a day or more after they were written: they open no window. */
  readonly late: number;
  readonly admitted: number;
  readonly dropped: number;
  /** Users whose standing blocks their messages have triggered, and who can be blocked now. */
  readonly triggered: readonly WaId[];
}

/** Meta writes times in whole seconds; the message was written by the end of that second. */
const secondMs = 999;

/**
 * Decides what the platform of a `cloud` number has delivered. A message opens its user's window from the time it was written,
 * and is passed on to the business.
 *
 * A message that triggers a standing block is dropped: the block can be placed now, and until the platform has confirmed it, the
 * standing block stays and later messages are dropped, too. A message that was written before the block was confirmed and arrives
 * late is dropped as well. A message that was written later was let through by the platform: its user is not blocked, and it is
 * passed on.
 */
export function decideIngest(
  given: Facts,
  items: readonly WebhookItem[],
  { atMs }: { readonly atMs: number },
): Decision<IngestOutcome> {
  const current = applyExpiry(given, atMs);
  const { facts } = current;
  const hasReceiver = facts.number.webhook !== null;
  const admissions = new Map<WaId, Admission>();
  const dropped = new Map<WaId, number>();
  const webhooks: OutboxMessage[] = [];
  const messages: MessageRecord[] = [];
  const done = new Set<string>();
  const triggered = new Set<WaId>();
  let admitted = 0;
  let late = 0;
  for (const { key, user, message, body } of items) {
    if (done.has(key) || isDuplicate(facts, key, atMs)) continue;
    done.add(key);
    const isDropped = message !== null && user !== null && mustDrop(userOf(facts, user), message.sentAtMs);
    if (message !== null && user !== null) {
      const { standing } = userOf(facts, user);
      const writtenAtMs = Math.min(message.sentAtMs + secondMs, atMs);
      const isOpen = isWindowOpen(writtenAtMs, atMs);
      // A standing block is triggered by what arrives after it, whenever that was written. A message that is a day late opens no window.
      const openedAtMs = isOpen ? Math.max(writtenAtMs, standing?.placedAtMs ?? 0) : writtenAtMs;
      if (!isOpen) late++;
      if (isDropped) dropped.set(user, (dropped.get(user) ?? 0) + 1);
      else admitted++;
      if (!isDropped || standing !== null) {
        const opened = { openedAtMs, name: storedName(message.name), isAdmitted: !isDropped };
        admissions.set(user, admission(admissions.get(user), userOf(facts, user), opened));
      }
      if (isOpen && standing !== null) triggered.add(user);
      // A message without a webhook is remembered, so that a repeat is recognized.
      if (isDropped || !hasReceiver)
        messages.push({ id: key, callbackData: null, untilMs: atMs + webhookRetentionMs });
    }
    if (hasReceiver && !isDropped) webhooks.push({ waId: user ?? facts.number.waId, messageId: key, body });
  }
  const base = changeAfterExpiry(current, { atMs });
  const droppedCount = [...dropped.values()].reduce((sum, count) => sum + count, 0);
  return {
    answer: { admitted, dropped: droppedCount, late, triggered: [...triggered] },
    change: { ...base, admitted: admissions, dropped, webhooks, messages },
  };
}

function mustDrop({ standing, block }: UserFacts, sentAtMs: number): boolean {
  return standing !== null || (block?.source === 'standing' && sentAtMs <= block.sinceMs);
}

/** The admission of a user after one more message. A late message does not close the window that a later one has opened. */
function admission(
  before: Admission | undefined,
  { lastInboundMs }: UserFacts,
  { openedAtMs, name, isAdmitted }: { openedAtMs: number; name: string | null; isAdmitted: boolean },
): Admission {
  return {
    count: (before?.count ?? 0) + (isAdmitted ? 1 : 0),
    name: name ?? before?.name ?? null,
    openedAtMs: Math.max(openedAtMs, before?.openedAtMs ?? 0, lastInboundMs ?? 0),
  };
}
