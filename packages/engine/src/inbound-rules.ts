import { type RuleMatch, reviewOf } from './auto-block/judge.ts';
import { type AutoBlockInput, MessageJudge } from './auto-block/message-judge.ts';
import { newBlock } from './blocklist-change.ts';
import type { Admission, Decision, NewBlock, OutboxMessage } from './change.ts';
import { applyExpiry, changeAfterExpiry } from './expiry.ts';
import { type Facts, isDuplicate, type UserFacts, userOf } from './facts.ts';
import { blocklistMax } from './limits.ts';
import type { WaId } from './phone.ts';
import type { ActivityEntry, StandingBlock } from './records.ts';
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

/** The IDs of the messages that were admitted, dropped, and held for review, in the order they came. */
export interface InboundOutcome {
  readonly admitted: readonly string[];
  readonly dropped: readonly string[];
  readonly held: readonly string[];
  /** Matches of auto-block rules, and their effects. */
  readonly matches: readonly RuleMatch[];
  /** Messages that rules judged, of users whom the business does not know. */
  readonly newSenders: number;
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
 * is dropped. When the list is full, the standing block stays, and the message is still dropped. An auto-block rule
 * that blocks places a standing block that the same message triggers.
 *
 * Auto-block rules judge what no block stops. While a message of a user is held, the outbox keeps their later ones
 * behind it.
 */
export function decideInbound(
  given: Facts,
  messages: readonly InboundMessage[],
  {
    atMs,
    render,
    autoBlock = null,
  }: { atMs: number; render: RenderMessage; autoBlock?: AutoBlockInput | null },
): Decision<InboundOutcome> {
  const current = applyExpiry(given, atMs);
  const { facts } = current;
  const judge = new MessageJudge(autoBlock, facts, atMs);
  const blockedByRule = new Map<WaId, StandingBlock>();
  const admitted: string[] = [];
  const dropped: string[] = [];
  const held: string[] = [];
  const admissions = new Map<WaId, Admission>();
  const droppedCounts = new Map<WaId, number>();
  const webhooks: OutboxMessage[] = [];
  const rendered = new Set<string>();
  const admit = (waId: WaId, name: string | null, count: 0 | 1) => {
    const before = admissions.get(waId);
    admissions.set(waId, { count: (before?.count ?? 0) + count, name: name ?? before?.name ?? null });
  };
  const drop = (id: string, waId: WaId) => {
    dropped.push(id);
    droppedCounts.set(waId, (droppedCounts.get(waId) ?? 0) + 1);
  };
  for (const [index, message] of messages.entries()) {
    const { id, from } = message;
    const name = storedName(message.name);
    const user = userOf(facts, from);
    if (user.blocked || user.standing !== null || blockedByRule.has(from)) {
      drop(id, from);
      if (user.standing !== null) admissions.set(from, { count: 0, name });
      continue;
    }
    const verdict = judge.judge(index, from, id);
    if (verdict.kind === 'block') {
      blockedByRule.set(from, verdict.block);
      drop(id, from);
    } else (verdict.kind === 'hold' ? held : admitted).push(id);
    admit(from, name, verdict.kind === 'pass' ? 1 : 0);
    const review = reviewOf(verdict);
    const isHeard = verdict.kind !== 'block' && facts.number.webhook !== null;
    if ((!isHeard && review === undefined) || rendered.has(id) || isDuplicate(facts, id, atMs)) continue;
    rendered.add(id);
    const body = render(message, user, facts, atMs);
    webhooks.push({ waId: from, messageId: id, body, ...(review && { review }) });
  }
  const triggered = triggerStanding(facts, {
    writers: new Set(messages.map(({ from }) => from)),
    blockedByRule,
    atMs,
  });
  const base = changeAfterExpiry(current, { atMs, added: triggered.added });
  const change = {
    ...base,
    standing: triggered.waiting,
    endedStanding: [...base.endedStanding, ...triggered.ended],
    admitted: admissions,
    dropped: droppedCounts,
    held: held.length,
    ruleCounts: judge.counts,
    activity: [...base.activity, ...triggered.activity],
    webhooks: [...webhooks, ...judge.notices],
  };
  return {
    answer: { admitted, dropped, held, matches: judge.matches, newSenders: judge.newSenders },
    change,
  };
}

/** The blocks that result from standing blocks. */
interface Triggered {
  readonly added: readonly NewBlock[];
  /** Users whose standing blocks have become blocks. */
  readonly ended: readonly WaId[];
  /** Blocks of rules that the list has no room for: they stand until it has. */
  readonly waiting: readonly (StandingBlock & { readonly waId: WaId })[];
  readonly activity: readonly ActivityEntry[];
}

/** The blocks that replace the standing blocks of users who write, as far as the list has room. */
function triggerStanding(
  facts: Facts,
  {
    writers,
    blockedByRule,
    atMs,
  }: { writers: ReadonlySet<WaId>; blockedByRule: ReadonlyMap<WaId, StandingBlock>; atMs: number },
): Triggered {
  const added: NewBlock[] = [];
  const ended: WaId[] = [];
  const waiting: (StandingBlock & { readonly waId: WaId })[] = [];
  const activity: ActivityEntry[] = [];
  for (const waId of writers) {
    const user = userOf(facts, waId);
    const placed = user.standing ?? blockedByRule.get(waId);
    if (placed === undefined || user.blocked) continue;
    const source = placed.cause.source === 'rule' ? 'rule' : 'standing';
    const cause = { ...placed.cause, source } as const;
    const hasRoom = facts.blocklist.size + added.length < blocklistMax;
    if (hasRoom) added.push(newBlock(waId, user, { cause, untilMs: placed.untilMs }));
    if (hasRoom && user.standing !== null) ended.push(waId);
    if (!hasRoom && user.standing === null) waiting.push({ ...placed, waId });
    const outcome = hasRoom ? 'done' : 'list_full';
    activity.push({ atMs, operation: 'block', waId, input: String(waId), outcome, ...cause });
  }
  return { added, ended, waiting, activity };
}
