import { type RuleMatch, reviewOf } from './auto-block/judge.ts';
import { type AutoBlockInput, MessageJudge } from './auto-block/message-judge.ts';
import type { Admission, Decision, MessageRecord, OutboxMessage } from './change.ts';
import { applyExpiry, changeAfterExpiry } from './expiry.ts';
import { type BlockFacts, type Facts, isDuplicate, type UserFacts, userOf } from './facts.ts';
import { type ReviewReason, webhookRetentionMs } from './outbox.ts';
import type { WaId } from './phone.ts';
import type { StandingBlock } from './records.ts';
import { isContactDue } from './send-rules.ts';
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
  /** Set when the item shows that the business has sent the user a message. */
  readonly isOutbound: boolean;
  /** The body of the webhook that passes it on. */
  readonly body: string;
}

/** The outcomes of the items of a webhook. */
export interface IngestOutcome {
  /** Messages that came a day or more after they were written: they open no window. */
  readonly late: number;
  readonly admitted: number;
  readonly dropped: number;
  /** Messages that wait for a person's decision. */
  readonly held: number;
  /** Matches of auto-block rules, and their effects. */
  readonly matches: readonly RuleMatch[];
  /** Messages that rules judged, of users whom the business does not know. */
  readonly newSenders: number;
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
 *
 * Auto-block rules judge what would be passed on. A rule that blocks places a standing block, which the same message
 * triggers, so that the platform's answer never lets one through.
 */
export function decideIngest(
  given: Facts,
  items: readonly WebhookItem[],
  { atMs, autoBlock = null }: { readonly atMs: number; readonly autoBlock?: AutoBlockInput | null },
): Decision<IngestOutcome> {
  const current = applyExpiry(given, atMs);
  const { facts } = current;
  const hasReceiver = facts.number.webhook !== null;
  const judge = new MessageJudge(autoBlock, facts, atMs);
  const blockedByRule = new Map<WaId, StandingBlock>();
  const contacted = new Set<WaId>();
  const admissions = new Map<WaId, Admission>();
  const dropped = new Map<WaId, number>();
  const webhooks: OutboxMessage[] = [];
  const messages: MessageRecord[] = [];
  const done = new Set<string>();
  const triggered = new Set<WaId>();
  let admitted = 0;
  let held = 0;
  let late = 0;
  for (const [index, { key, user, message, isOutbound, body }] of items.entries()) {
    if (done.has(key) || isDuplicate(facts, key, atMs)) continue;
    done.add(key);
    let isDropped = false;
    let review: ReviewReason | undefined;
    if (user !== null && isOutbound && isContactDue(userOf(facts, user), atMs)) contacted.add(user);
    if (message !== null && user !== null) {
      const verdict =
        blockedByRule.has(user) || mustDrop(userOf(facts, user), message.sentAtMs)
          ? 'drop'
          : judge.judge(index, user, key);
      if (verdict !== 'drop' && verdict.kind === 'block') blockedByRule.set(user, verdict.block);
      isDropped = verdict === 'drop' || verdict.kind === 'block';
      review = verdict === 'drop' ? undefined : reviewOf(verdict);
      const isHeld = review?.kind === 'held';
      const standing = userOf(facts, user).standing ?? blockedByRule.get(user) ?? null;
      const writtenAtMs = Math.min(message.sentAtMs + secondMs, atMs);
      const isOpen = isWindowOpen(writtenAtMs, atMs);
      // A standing block is triggered by what arrives after it, whenever that was written. A message that is a day late opens no window.
      const openedAtMs = isOpen ? Math.max(writtenAtMs, standing?.placedAtMs ?? 0) : writtenAtMs;
      if (!isOpen) late++;
      if (isDropped) dropped.set(user, (dropped.get(user) ?? 0) + 1);
      else if (isHeld) held++;
      else admitted++;
      if (!isDropped || standing !== null) {
        const opened = { openedAtMs, name: storedName(message.name), isAdmitted: !isDropped && !isHeld };
        admissions.set(user, admission(admissions.get(user), userOf(facts, user), opened));
      }
      if (isOpen && standing !== null) triggered.add(user);
      // A message without a webhook is remembered, so that a repeat is recognized.
      if ((isDropped || !hasReceiver) && review === undefined)
        messages.push({ id: key, callbackData: null, untilMs: atMs + webhookRetentionMs });
    }
    if ((hasReceiver && !isDropped) || review !== undefined)
      webhooks.push({ waId: user ?? facts.number.waId, messageId: key, body, ...(review && { review }) });
  }
  const base = changeAfterExpiry(current, { atMs });
  const droppedCount = [...dropped.values()].reduce((sum, count) => sum + count, 0);
  return {
    answer: {
      admitted,
      dropped: droppedCount,
      held,
      late,
      triggered: [...triggered],
      matches: judge.matches,
      newSenders: judge.newSenders,
    },
    change: {
      ...base,
      standing: [...blockedByRule].map(([waId, block]) => ({ ...block, waId })),
      admitted: admissions,
      dropped,
      held,
      contacted: [...contacted],
      ruleCounts: judge.counts,
      webhooks: [...webhooks, ...judge.notices],
      messages,
    },
  };
}

function mustDrop({ standing, block }: UserFacts, sentAtMs: number): boolean {
  return standing !== null || (block !== null && isPlacedHere(block) && sentAtMs <= block.sinceMs);
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

/** Whether a standing block or a rule has placed the block: Meta confirmed it after the message that caused it. */
function isPlacedHere({ source }: BlockFacts): boolean {
  return source === 'standing' || source === 'rule';
}
