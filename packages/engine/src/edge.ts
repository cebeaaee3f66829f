import { webhookMemoryMs } from './outbox.ts';
import type { WaId } from './phone.ts';
import { kindOf } from './rules.ts';
import type { Change, Decision, Facts, Notice, UserFacts } from './store.ts';
import { isWindowOpen } from './window.ts';

/** A user's message to the business, as far as the edge looks into it. */
export interface InboundMessage {
  readonly id: string;
  readonly from: WaId;
  /** The name that came with the message, if any. */
  readonly name: string | null;
  /** What the message says, as it came: `type` and what belongs to it. */
  readonly content: Readonly<Record<string, unknown>>;
}

/** What the edge did with each message, by id, in the order they came. */
export interface InboundOutcome {
  readonly admitted: readonly string[];
  readonly dropped: readonly string[];
}

/** Writes the webhook that tells the business of a message. */
export type TellMessage = (message: InboundMessage, user: UserFacts, facts: Facts) => string;

/**
 * The edge: a blocked user's message is dropped without a trace to the business and opens no window; any other is
 * admitted, opens the window from now and is told to the business, once: the same message ID within 24 hours is not told
 * again. The sender's own timestamp does not count: it says when a phone wrote, not when the business could have known.
 */
export function decideInbound(
  facts: Facts,
  messages: readonly InboundMessage[],
  { atMs, tell }: { atMs: number; tell: TellMessage },
): Decision<InboundOutcome> {
  const admitted: string[] = [];
  const dropped: string[] = [];
  const admittedUsers = new Set<WaId>();
  const droppedCounts = new Map<WaId, number>();
  const notices: Notice[] = [];
  const told = new Set<string>();
  for (const message of messages) {
    const { id, from } = message;
    const user = userOf(facts, from);
    if (user.blocked) {
      dropped.push(id);
      droppedCounts.set(from, (droppedCounts.get(from) ?? 0) + 1);
      continue;
    }
    admitted.push(id);
    admittedUsers.add(from);
    if (facts.number.webhook === null || told.has(id) || wasToldLately(facts, id, atMs)) continue;
    told.add(id);
    notices.push({ waId: from, messageId: id, body: tell(message, user, facts) });
  }
  const change = { ...nothing(atMs), admitted: [...admittedUsers], dropped: droppedCounts, notices };
  return { answer: { admitted, dropped }, change };
}

/** A business's message to a user. */
export interface OutboundMessage {
  readonly id: string;
  readonly to: WaId;
  /** Templates pass outside the window; everything else is free-form. */
  readonly isTemplate: boolean;
}

/** What a business's message to a user meets. */
export type SendOutcome = { readonly refused: boolean };

/** How a message fares after it was accepted. */
export type MessageStatus =
  | { readonly status: 'sent' | 'delivered' | 'read' }
  | { readonly status: 'failed'; readonly reason: 'window_closed' | 'undeliverable' };

/** Writes the webhook that tells the business how its message fares. */
export type TellStatus = (
  message: OutboundMessage,
  status: MessageStatus,
  user: UserFacts,
  facts: Facts,
) => string;

/**
 * A send to a user whom the number has blocked is refused (130403), whatever its type. Any other is accepted; that it
 * fails, outside the window or because nobody is there, is told afterwards by a webhook.
 * @param options.delivers whether this platform brings messages to their users by itself, as the sandbox does.
 */
export function decideSend(
  facts: Facts,
  message: OutboundMessage,
  { atMs, tell, delivers }: { atMs: number; tell: TellStatus; delivers: boolean },
): Decision<SendOutcome> {
  const user = userOf(facts, message.to);
  if (user.blocked) return { answer: { refused: true }, change: null };
  if (facts.number.webhook === null) return { answer: { refused: false }, change: null };
  const notices = statusesOf(user, message, { atMs, delivers }).map((status) => ({
    waId: message.to,
    messageId: null,
    body: tell(message, status, user, facts),
  }));
  return { answer: { refused: false }, change: notices.length === 0 ? null : { ...nothing(atMs), notices } };
}

/** A user has read a message: the business is told, if it listens. */
export function decideRead(
  facts: Facts,
  message: OutboundMessage,
  { atMs, tell }: { atMs: number; tell: TellStatus },
): Decision<null> {
  if (facts.number.webhook === null) return { answer: null, change: null };
  const body = tell(message, { status: 'read' }, userOf(facts, message.to), facts);
  const notices = [{ waId: message.to, messageId: null, body }];
  return { answer: null, change: { ...nothing(atMs), notices } };
}

/** How a user sees the business: a blocked user no longer sees it online. */
export function seesOnline(facts: Facts, user: WaId): boolean {
  return !userOf(facts, user).blocked;
}

function statusesOf(
  user: UserFacts,
  { isTemplate }: OutboundMessage,
  { atMs, delivers }: { atMs: number; delivers: boolean },
): readonly MessageStatus[] {
  if (kindOf(user) === 'none') return [{ status: 'failed', reason: 'undeliverable' }];
  if (!isTemplate && !isWindowOpen(user.lastInboundMs, atMs))
    return [{ status: 'failed', reason: 'window_closed' }];
  return delivers ? [{ status: 'sent' }, { status: 'delivered' }] : [];
}

function wasToldLately(facts: Facts, messageId: string, atMs: number): boolean {
  const seenAtMs = facts.seenAtMs.get(messageId);
  return seenAtMs !== undefined && atMs - seenAtMs < webhookMemoryMs;
}

function userOf(facts: Facts, waId: WaId): UserFacts {
  const user = facts.users.get(waId);
  if (user === undefined) throw new Error('the store left out a user that was asked for');
  return user;
}

function nothing(atMs: number): Change {
  return { atMs, blocklist: null, admitted: [], dropped: new Map(), activity: [], notices: [] };
}
