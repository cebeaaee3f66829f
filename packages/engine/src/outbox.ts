import type { WaId } from './phone.ts';

/**
 * How a webhook stands: on its way, acknowledged, or given up after {@link webhookLifeMs}. `kept` is not on its way,
 * because its message was dropped; `discarded` never leaves, by a person's decision. A webhook that is held waits, and
 * the user's later ones wait behind it.
 */
export type WebhookState = (typeof webhookStates)[number];

export const webhookStates = ['waiting', 'delivered', 'given_up', 'kept', 'discarded'] as const;

/** Why a person has to look at a webhook's message: a rule held it, kept it when it blocked the sender, or flagged it. */
export interface ReviewReason {
  readonly ruleId: string;
  readonly kind: 'held' | 'kept' | 'flagged';
}

/** A message that waits for a person's look. */
export interface ReviewItem extends ReviewReason {
  readonly webhook: Webhook;
}

/** A person's decision: the message is delivered, is never delivered, or was right to pass. */
export type ReviewDecision = 'release' | 'discard' | 'approve';

/** One try to deliver a webhook. */
export interface Attempt {
  readonly atMs: number;
  /** The receiver's status, or null when there was no answer. */
  readonly status: number | null;
  /** Why it does not count as delivered; null when it does. */
  readonly problem: string | null;
  readonly tookMs: number;
  /** The signature that was sent; null when nothing was. */
  readonly signature: string | null;
}

/** A webhook as the outbox keeps it. */
export interface Webhook {
  readonly numberId: string;
  /** Grows with every webhook of the number, and is never given out twice, also when the number is removed and made again. */
  readonly entry: number;
  readonly waId: WaId;
  readonly messageId: string | null;
  readonly body: string;
  readonly createdAtMs: number;
  readonly state: WebhookState;
  /** All tries so far, of which only the latest are kept in {@link attempts}. */
  readonly attemptCount: number;
  readonly attempts: readonly Attempt[];
}

/** The outcome of an attempt: the webhook is done, or there is another attempt at `dueAtMs`. */
export interface DeliveryOutcome {
  /** When this was decided. */
  readonly atMs: number;
  readonly state: WebhookState;
  readonly dueAtMs: number | null;
  readonly attempt: Attempt;
}

/**
 * Webhooks on their way. They are put in by the change that causes them, in its transaction, and leave in order for each
 * user: while one waits, the user's later ones wait behind it.
 */
export interface Outbox {
  /**
   * Webhooks that may be tried now, at most one a user, the longest due first. They are this process's from now on, and
   * given to no other until they are settled or this process is gone; here they are given again.
   */
  due(numberId: string, nowMs: number, count: number): Promise<Webhook[]>;
  /** When the number's next webhook is due; null: none waits. */
  nextDueMs(numberId: string): Promise<number | null>;
  /** Notes a try. The user's next webhook becomes due when this one is done with. */
  recordAttempt(numberId: string, entry: number, settlement: DeliveryOutcome): Promise<void>;
  /** The number's webhooks after an entry, in order, of one user or all; kept for a day after they are done with. */
  list(numberId: string, filter: WebhookFilter): Promise<Webhook[]>;
  /** The latest of a user's webhooks that was tried, done with or not; null: none was. */
  latestTried(numberId: string, waId: WaId): Promise<Webhook | null>;
  /** Puts a webhook that is done with on its way again; answers whether there is one. */
  redeliver(numberId: string, entry: number, atMs: number): Promise<boolean>;
  /** Messages that wait for a person's look, after an entry, in the order they came. */
  reviews(numberId: string, filter: ReviewFilter): Promise<ReviewItem[]>;
  /** Whether a message of a user is held, so that later ones wait behind it. */
  isHeld(numberId: string, waId: WaId): Promise<boolean>;
  /** How many wait. */
  reviewCount(numberId: string): Promise<number>;
  /**
   * Carries out a person's decision, once: a message that does not wait any more stays as it is. A held message that is
   * released leaves in its place among the user's messages.
   * @returns the message; null: it does not wait.
   */
  decideReview(numberId: string, entry: number, decision: ReviewVerdict): Promise<ReviewItem | null>;
  /** Makes due now what is due later: the clock was moved back, and what it was due by no longer counts. */
  makeDueNow(numberId: string, nowMs: number): Promise<void>;
}

/** Which reviews are asked for. */
export interface ReviewFilter {
  readonly afterEntry: number;
  readonly count: number;
}

/** A decision, and when it was taken. */
export interface ReviewVerdict {
  readonly decision: ReviewDecision;
  readonly atMs: number;
}

/** Which webhooks are asked for. */
export interface WebhookFilter {
  readonly afterEntry: number;
  readonly waId: WaId | null;
  readonly state: WebhookState | null;
  readonly count: number;
}

/** A webhook that nobody acknowledges is tried for seven days (Meta, "Webhooks"). */
export const webhookLifeMs = 7 * 24 * 60 * 60 * 1000;

/** A webhook is kept this long after it is done with, and as long a message ID that comes again causes no second one. */
export const webhookRetentionMs = 24 * 60 * 60 * 1000;

/** A message that nobody has looked at is discarded after this time. */
export const reviewLifeMs = 30 * 24 * 60 * 60 * 1000;

/** How many tries are kept of a webhook. */
export const attemptsKept = 10;

const firstDelayMs = 1000;
const delayMaxMs = 6 * 60 * 60 * 1000;

/**
 * When to try again after `attempts` tries: after a second, then three times as long each time, at most six hours.
 * @returns null when the webhook's life is over.
 */
export function nextAttemptMs(attempts: number, createdAtMs: number, nowMs: number): number | null {
  const dueAtMs = nowMs + Math.min(firstDelayMs * 3 ** (attempts - 1), delayMaxMs);
  return dueAtMs - createdAtMs > webhookLifeMs ? null : dueAtMs;
}

/** The next step after an attempt: only status 200 acknowledges. */
export function deliveryOutcome(
  webhook: Pick<Webhook, 'attemptCount' | 'createdAtMs'>,
  attempt: Attempt,
  nowMs: number,
): DeliveryOutcome {
  if (attempt.problem === null) return { atMs: nowMs, state: 'delivered', dueAtMs: null, attempt };
  const dueAtMs = nextAttemptMs(webhook.attemptCount + 1, webhook.createdAtMs, nowMs);
  return { atMs: nowMs, state: dueAtMs === null ? 'given_up' : 'waiting', dueAtMs, attempt };
}

/** Why a webhook was not tried: nobody is there to receive it. */
export const noReceiver = 'the number has no webhook';

/** The next step for a webhook whose number has no receiver: it waits for one until it expires. */
export function outcomeWithoutReceiver(
  { createdAtMs }: Pick<Webhook, 'createdAtMs'>,
  nowMs: number,
): DeliveryOutcome {
  const attempt = { atMs: nowMs, status: null, problem: noReceiver, tookMs: 0, signature: null };
  const endMs = createdAtMs + webhookLifeMs;
  return nowMs < endMs
    ? { atMs: nowMs, state: 'waiting', dueAtMs: endMs, attempt }
    : { atMs: nowMs, state: 'given_up', dueAtMs: null, attempt };
}

/** Entries of a number that was made as the `nth` of its store begin behind this one, so that none is ever given out twice. */
export function firstEntry(nth: number): number {
  return nth * 1_000_000_000 + 1;
}
