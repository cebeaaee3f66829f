import { type Decision, emptyChange, type MessageRecord } from './change.ts';
import { applyExpiry } from './expiry.ts';
import { type Facts, kindOf, type UserFacts, userOf } from './facts.ts';
import { contactEveryMs } from './limits.ts';
import { webhookLifeMs } from './outbox.ts';
import type { WaId } from './phone.ts';
import { isWindowOpen } from './window.ts';

/** A business's message to a user. */
export interface OutboundMessage {
  readonly id: string;
  readonly to: WaId;
  /** Templates may be sent outside the window; all other messages are free-form. */
  readonly isTemplate: boolean;
  /** `biz_opaque_callback_data`: the business's own text, which comes back in the message's statuses. */
  readonly callbackData: string | null;
}

/** Whether a send was refused. */
export type SendOutcome = { readonly refused: boolean };

/** A status of a message after it was accepted. */
export type MessageStatus =
  | { readonly status: 'sent' | 'delivered' | 'read' }
  | { readonly status: 'failed'; readonly reason: 'window_closed' | 'undeliverable' };

/** Renders the webhook of a status. */
export type RenderStatus = (
  message: OutboundMessage,
  status: MessageStatus,
  user: UserFacts,
  facts: Facts,
  atMs: number,
) => string;

/**
 * A send to a user whom the number has blocked is refused (130403), whatever its type. Any other is accepted. If the message
 * fails, because the window is closed or the user is not on WhatsApp, a webhook says so afterwards.
 * @param options.delivers whether this platform delivers messages to users itself, as the sandbox does.
 */
export function decideSend(
  given: Facts,
  message: OutboundMessage,
  { atMs, render, delivers }: { atMs: number; render: RenderStatus; delivers: boolean },
): Decision<SendOutcome> {
  const { facts } = applyExpiry(given, atMs);
  const user = userOf(facts, message.to);
  if (user.blocked) return { answer: { refused: true }, change: null };
  const contacted = isContactDue(user, atMs) ? [message.to] : [];
  const noted = contacted.length === 0 ? null : { ...emptyChange(atMs), contacted };
  if (facts.number.webhook === null) return { answer: { refused: false }, change: noted };
  const webhooks = statusesOf(user, message, { atMs, delivers }).map((status) => ({
    waId: message.to,
    messageId: null,
    body: render(message, status, user, facts, atMs),
  }));
  const messages = delivers ? remembered(message, atMs) : [];
  const isUnchanged = webhooks.length + messages.length === 0;
  return {
    answer: { refused: false },
    change: isUnchanged ? noted : { ...emptyChange(atMs), contacted, webhooks, messages },
  };
}

/** Whether a message to a user has to be noted: the time is kept to the hour. */
export function isContactDue({ lastOutboundMs }: UserFacts, atMs: number): boolean {
  return lastOutboundMs === null || atMs - lastOutboundMs >= contactEveryMs || atMs < lastOutboundMs;
}

/** The status `read` comes from a later request, which knows the message by its ID alone. */
function remembered({ id, callbackData }: OutboundMessage, atMs: number): readonly MessageRecord[] {
  return callbackData === null ? [] : [{ id, callbackData, untilMs: atMs + webhookLifeMs }];
}

/** A user has read a message. The business gets a webhook if it has a receiver. */
export function decideRead(
  facts: Facts,
  message: OutboundMessage,
  { atMs, render }: { atMs: number; render: RenderStatus },
): Decision<null> {
  if (facts.number.webhook === null) return { answer: null, change: null };
  const body = render(message, { status: 'read' }, userOf(facts, message.to), facts, atMs);
  const webhooks = [{ waId: message.to, messageId: null, body }];
  return { answer: null, change: { ...emptyChange(atMs), webhooks } };
}

/** A user of the platform has changed their phone number. */
export interface NumberChange {
  /** The ID of the webhook's message. */
  readonly id: string;
  readonly from: WaId;
  readonly to: WaId;
}

/** Renders the webhook of a changed phone number. */
export type RenderNumberChange = (
  change: NumberChange,
  user: UserFacts,
  facts: Facts,
  atMs: number,
) => string;

/** The business gets a webhook if it has a receiver, and the user has written to it and is not blocked. */
export function decideNumberChanged(
  facts: Facts,
  change: NumberChange,
  { atMs, render }: { atMs: number; render: RenderNumberChange },
): Decision<null> {
  const user = userOf(facts, change.to);
  if (facts.number.webhook === null || user.blocked || user.lastInboundMs === null)
    return { answer: null, change: null };
  const webhooks = [{ waId: change.to, messageId: null, body: render(change, user, facts, atMs) }];
  return { answer: null, change: { ...emptyChange(atMs), webhooks } };
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
