import { newBlock } from './blocklist-change.ts';
import type { Admission, Decision, NewBlock, OutboxMessage } from './change.ts';
import { applyExpiry, changeAfterExpiry } from './expiry.ts';
import { type Facts, isDuplicate, type UserFacts, userOf } from './facts.ts';
import { blocklistMax } from './limits.ts';
import type { WaId } from './phone.ts';
import type { ActivityEntry } from './records.ts';
import { storedName } from './text.ts';

/** A user's message to the business. */
export interface InboundMessage {
  readonly id: string;
  readonly from: WaId;
  /** The name that came with the message, if any. */
  readonly name: string | null;
  /** The message as it came: `type` and the fields of that type. */
  readonly content: Readonly<Record<string, unknown>>;
}

/** The IDs of the messages that were admitted and dropped, in the order they came. */
export interface InboundOutcome {
  readonly admitted: readonly string[];
  readonly dropped: readonly string[];
}

/** Renders the webhook of a message, with the time of the decision. */
export type RenderMessage = (message: InboundMessage, user: UserFacts, facts: Facts, atMs: number) => string;

/**
 * Decides messages to a number of the `local` platform. A blocked user's message is dropped: it causes no webhook and
 * opens no window. Any other message is admitted, opens the window from now on and causes a webhook, but only one
 * within 24 hours for the same message ID. The sender's timestamp does not count: it says when a phone wrote, not
 * when the business could have known.
 *
 * A standing block is triggered here: the message opens the window, the block is placed immediately, and the message
 * is dropped. When the list is full, the standing block stays, and the message is still dropped.
 */
export function decideInbound(
  given: Facts,
  messages: readonly InboundMessage[],
  { atMs, render }: { atMs: number; render: RenderMessage },
): Decision<InboundOutcome> {
  const current = applyExpiry(given, atMs);
  const { facts } = current;
  const triggered = triggerStanding(facts, new Set(messages.map(({ from }) => from)), atMs);
  const admitted: string[] = [];
  const dropped: string[] = [];
  const admissions = new Map<WaId, Admission>();
  const droppedCounts = new Map<WaId, number>();
  const webhooks: OutboxMessage[] = [];
  const rendered = new Set<string>();
  for (const message of messages) {
    const { id, from } = message;
    const name = storedName(message.name);
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
    if (facts.number.webhook === null || rendered.has(id) || isDuplicate(facts, id, atMs)) continue;
    rendered.add(id);
    webhooks.push({ waId: from, messageId: id, body: render(message, user, facts, atMs) });
  }
  const base = changeAfterExpiry(current, { atMs, added: triggered.added });
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

/** The blocks that replace the standing blocks of users who write, as far as the list has room. */
function triggerStanding(
  facts: Facts,
  writers: ReadonlySet<WaId>,
  atMs: number,
): { readonly added: readonly NewBlock[]; readonly activity: readonly ActivityEntry[] } {
  const added: NewBlock[] = [];
  const activity: ActivityEntry[] = [];
  for (const waId of writers) {
    const user = userOf(facts, waId);
    if (user.standing === null || user.blocked) continue;
    const { untilMs } = user.standing;
    const cause = { ...user.standing.cause, source: 'standing' } as const;
    const hasRoom = facts.blocklist.size + added.length < blocklistMax;
    if (hasRoom) added.push(newBlock(waId, user, { cause, untilMs }));
    const outcome = hasRoom ? 'done' : 'list_full';
    activity.push({ atMs, operation: 'block', waId, input: String(waId), outcome, ...cause });
  }
  return { added, activity };
}
