import type { Admission, Change, Decision, NewBlock, OutboxMessage } from './change.ts';
import { applyExpiry } from './expiry.ts';
import type { Facts, UserFacts } from './facts.ts';
import { blocklistMax, nameLengthMax } from './limits.ts';
import { webhookRetentionMs } from './outbox.ts';
import type { WaId } from './phone.ts';
import type { ActivityEntry } from './records.ts';
import { changeAfterExpiry, kindOf, newBlock } from './rules.ts';
import { cut } from './text.ts';
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

/** Writes the webhook that tells the business of a message; it bears the time of the decision. */
export type RenderMessage = (message: InboundMessage, user: UserFacts, facts: Facts, atMs: number) => string;

/**
 * The edge: a blocked user's message is dropped without a trace to the business and opens no window; any other is
 * admitted, opens the window from now and is told to the business, once: the same message ID within 24 hours is not told
 * again. The sender's own timestamp does not count: it says when a phone wrote, not when the business could have known.
 *
 * A standing block meets its user here: the message opens the window, the block is placed at once, and the message is
 * dropped. When the list is full, the order stays, and the message is dropped all the same.
 */
export function decideInbound(
  given: Facts,
  messages: readonly InboundMessage[],
  { atMs, tell }: { atMs: number; tell: RenderMessage },
): Decision<InboundOutcome> {
  const settled = applyExpiry(given, atMs);
  const { facts } = settled;
  const triggered = meetStanding(facts, new Set(messages.map(({ from }) => from)), atMs);
  const admitted: string[] = [];
  const dropped: string[] = [];
  const admissions = new Map<WaId, Admission>();
  const droppedCounts = new Map<WaId, number>();
  const webhooks: OutboxMessage[] = [];
  const told = new Set<string>();
  for (const message of messages) {
    const { id, from } = message;
    const name = keptName(message);
    const user = userOf(facts, from);
    if (user.blocked || user.standing !== null) {
      dropped.push(id);
      droppedCounts.set(from, (droppedCounts.get(from) ?? 0) + 1);
      if (user.standing !== null) admissions.set(from, { count: 0, name });
      continue;
    }
    admitted.push(id);
    const before = admissions.get(from);
    admissions.set(from, { count: (before?.count ?? 0) + 1, name: name ?? before?.name ?? null });
    if (facts.number.webhook === null || told.has(id) || isDuplicate(facts, id, atMs)) continue;
    told.add(id);
    webhooks.push({ waId: from, messageId: id, body: tell(message, user, facts, atMs) });
  }
  const base = changeAfterExpiry(settled, { atMs, added: triggered.added, removed: [] });
  const change = {
    ...base,
    endedStanding: [...base.endedStanding, ...triggered.added.map(({ waId }) => waId)],
    admitted: admissions,
    dropped: droppedCounts,
    activity: [...base.activity, ...triggered.activity],
    webhooks,
  };
  return { answer: { admitted, dropped }, change };
}

/** The name as it is kept and searched; in webhooks it goes on as it came. */
function keptName({ name }: InboundMessage): string | null {
  return name === null ? null : cut(name.trim(), nameLengthMax) || null;
}

/** The blocks that standing blocks become as their users write, as far as the list has room. */
function meetStanding(
  facts: Facts,
  writers: ReadonlySet<WaId>,
  atMs: number,
): { readonly added: readonly NewBlock[]; readonly activity: readonly ActivityEntry[] } {
  const added: NewBlock[] = [];
  const activity: ActivityEntry[] = [];
  for (const waId of writers) {
    const user = userOf(facts, waId);
    if (user.standing === null || user.blocked) continue;
    const { untilMs, cause: ordered } = user.standing;
    const cause = { ...ordered, source: 'standing' } as const;
    const hasRoom = facts.blocklist.size + added.length < blocklistMax;
    if (hasRoom) added.push(newBlock(waId, user, { cause, untilMs }));
    const outcome = hasRoom ? 'done' : 'list_full';
    activity.push({ atMs, operation: 'block', waId, input: String(waId), outcome, ...cause });
  }
  return { added, activity };
}

/** A business's message to a user. */
export interface OutboundMessage {
  readonly id: string;
  readonly to: WaId;
  /** Templates pass outside the window; everything else is free-form. */
  readonly isTemplate: boolean;
  /** `biz_opaque_callback_data`: the business's own text, which comes back in the message's statuses. */
  readonly callbackData: string | null;
}

/** What a business's message to a user meets. */
export type SendOutcome = { readonly refused: boolean };

/** How a message fares after it was accepted. */
export type MessageStatus =
  | { readonly status: 'sent' | 'delivered' | 'read' }
  | { readonly status: 'failed'; readonly reason: 'window_closed' | 'undeliverable' };

/** Writes the webhook that tells the business how its message fares. */
export type RenderStatus = (
  message: OutboundMessage,
  status: MessageStatus,
  user: UserFacts,
  facts: Facts,
  atMs: number,
) => string;

/**
 * A send to a user whom the number has blocked is refused (130403), whatever its type. Any other is accepted; that it
 * fails, outside the window or because nobody is there, is told afterwards by a webhook.
 * @param options.delivers whether this platform brings messages to their users by itself, as the sandbox does.
 */
export function decideSend(
  given: Facts,
  message: OutboundMessage,
  { atMs, tell, delivers }: { atMs: number; tell: RenderStatus; delivers: boolean },
): Decision<SendOutcome> {
  const { facts } = applyExpiry(given, atMs);
  const user = userOf(facts, message.to);
  if (user.blocked) return { answer: { refused: true }, change: null };
  if (facts.number.webhook === null) return { answer: { refused: false }, change: null };
  const webhooks = statusesOf(user, message, { atMs, delivers }).map((status) => ({
    waId: message.to,
    messageId: null,
    body: tell(message, status, user, facts, atMs),
  }));
  return {
    answer: { refused: false },
    change: webhooks.length === 0 ? null : { ...nothing(atMs), webhooks },
  };
}

/** A user has read a message: the business is told, if it listens. */
export function decideRead(
  facts: Facts,
  message: OutboundMessage,
  { atMs, tell }: { atMs: number; tell: RenderStatus },
): Decision<null> {
  if (facts.number.webhook === null) return { answer: null, change: null };
  const body = tell(message, { status: 'read' }, userOf(facts, message.to), facts, atMs);
  const webhooks = [{ waId: message.to, messageId: null, body }];
  return { answer: null, change: { ...nothing(atMs), webhooks } };
}

/** A user of the platform has got another number. */
export interface NumberChange {
  /** The ID of the message that tells it. */
  readonly id: string;
  readonly from: WaId;
  readonly to: WaId;
}

/** Writes the webhook that tells the business of it. */
export type RenderNumberChange = (
  change: NumberChange,
  user: UserFacts,
  facts: Facts,
  atMs: number,
) => string;

/** A business that listens is told of it, if the user has written to it and is not blocked. */
export function decideNumberChanged(
  facts: Facts,
  change: NumberChange,
  { atMs, tell }: { atMs: number; tell: RenderNumberChange },
): Decision<null> {
  const user = userOf(facts, change.to);
  if (facts.number.webhook === null || user.blocked || user.lastInboundMs === null)
    return { answer: null, change: null };
  const webhooks = [{ waId: change.to, messageId: null, body: tell(change, user, facts, atMs) }];
  return { answer: null, change: { ...nothing(atMs), webhooks } };
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

function isDuplicate(facts: Facts, messageId: string, atMs: number): boolean {
  const seenAtMs = facts.seenAtMs.get(messageId);
  return seenAtMs !== undefined && atMs - seenAtMs < webhookRetentionMs;
}

function userOf(facts: Facts, waId: WaId): UserFacts {
  const user = facts.users.get(waId);
  if (user === undefined) throw new Error('the store left out a user that was asked for');
  return user;
}

function nothing(atMs: number): Change {
  const lists = { blocklist: null, amended: [], standing: [], endedStanding: [] };
  return { atMs, ...lists, admitted: new Map(), dropped: new Map(), activity: [], webhooks: [] };
}
