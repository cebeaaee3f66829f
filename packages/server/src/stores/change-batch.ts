import {
  type ActivityEntry,
  type Amendment,
  amend,
  attemptsKept,
  type Change,
  type Decision,
  type DeliveryOutcome,
  type Facts,
  type HourOfTraffic,
  hourOf,
  knownAfterMs,
  type MessageRecord,
  type NewBlock,
  type NumberRecord,
  type OutboxMessage,
  type RuleHour,
  type StandingBlock,
  type Subjects,
  type UserFacts,
  type WaId,
  type Webhook,
} from '@blockhouse/engine';
import type { ListState } from './list-state.ts';

/** The facts of a batch: everything that its decisions may ask for, read at one moment. */
export interface BatchFacts {
  readonly number: NumberRecord;
  readonly list: ListState;
  readonly users: ReadonlyMap<WaId, UserFacts>;
  /** When messages were last seen, by message ID. */
  readonly seenAtMs: ReadonlyMap<string, number>;
  /** Webhooks whose attempts are recorded, by entry. */
  readonly webhooks: ReadonlyMap<number, Webhook>;
}

/** A change of a user's window. */
export interface WindowRow {
  /** Null: no name came with the messages, and the one that is there stays. */
  readonly name: string | null;
  /** Null: the window did not open, and the time that is there stays. */
  readonly lastInboundMs: number | null;
  /** Messages that were dropped, to be added to the count. */
  readonly dropped: number;
  /** Null: none was dropped. */
  readonly lastDroppedMs: number | null;
  readonly ticks: 1 | 2;
  /** From when on the user is known, unless the row says so already. Null: the window did not open. */
  readonly knownFromMs: number | null;
}

/** A webhook to be delivered, or to be looked at. */
export interface WebhookRow extends OutboxMessage {
  readonly atMs: number;
  readonly state: 'waiting' | 'kept';
}

/** A webhook after one or more attempts to deliver it. */
export interface AttemptedRow {
  readonly webhook: Webhook;
  readonly dueAtMs: number | null;
  /** When it was delivered or given up; null: it waits for another attempt. */
  readonly settledAtMs: number | null;
}

/**
 * The rows that a batch writes, table by table. The order of the fields is the order in which a store has to write
 * them.
 */
export interface BatchRows {
  readonly attempts: ReadonlyMap<number, AttemptedRow>;
  readonly windows: ReadonlyMap<WaId, WindowRow>;
  /** Messages by the hour, to be added to the counts. */
  readonly traffic: ReadonlyMap<number, Omit<HourOfTraffic, 'hourMs'>>;
  /** Users whom the business has written to, and when. */
  readonly contacts: ReadonlyMap<WaId, number>;
  /** Matches of rules by hour and rule, to be added to the counts. */
  readonly ruleCounts: ReadonlyMap<string, RuleHour>;
  readonly endedStanding: ReadonlySet<WaId>;
  readonly standing: ReadonlyMap<WaId, StandingBlock>;
  readonly removed: ReadonlySet<WaId>;
  readonly added: ReadonlyMap<WaId, NewBlock & { readonly position: number; readonly atMs: number }>;
  readonly amended: ReadonlyMap<WaId, Amendment>;
  /** In order: the first one takes the entry `activityStart`. */
  readonly activity: readonly ActivityEntry[];
  readonly activityStart: number;
  /** In order: the first one takes the entry `outboxStart`. */
  readonly webhooks: readonly WebhookRow[];
  readonly outboxStart: number;
  /** Messages to remember, by ID. */
  readonly messages: ReadonlyMap<string, MessageRecord & { readonly atMs: number }>;
  /** The state of the lists after the batch. */
  readonly list: ListState;
}

/**
 * Changes of one number that are committed together. Each one sees what the ones before it have changed, and what all of them have
 * changed is written once. Both stores write by this.
 */
export class ChangeBatch {
  readonly #number: NumberRecord;
  readonly #storedText: (text: string) => string;
  readonly #users: Map<WaId, UserFacts>;
  readonly #seenAtMs: Map<string, number>;
  readonly #webhooksInHand: ReadonlyMap<number, Webhook>;
  readonly #attempts = new Map<number, AttemptedRow>();
  readonly #windows = new Map<WaId, WindowRow>();
  readonly #traffic = new Map<number, { admitted: number; dropped: number; held: number }>();
  readonly #contacts = new Map<WaId, number>();
  readonly #ruleCounts = new Map<string, RuleHour>();
  readonly #endedStanding = new Set<WaId>();
  readonly #standing = new Map<WaId, StandingBlock>();
  readonly #removed = new Set<WaId>();
  readonly #added = new Map<WaId, NewBlock & { readonly position: number; readonly atMs: number }>();
  readonly #amended = new Map<WaId, Amendment>();
  readonly #activity: ActivityEntry[] = [];
  readonly #webhooks: WebhookRow[] = [];
  readonly #messages = new Map<string, MessageRecord & { readonly atMs: number }>();
  readonly #activityStart: number;
  readonly #outboxStart: number;
  #list: ListState;
  #isChanged = false;

  /** @param storedText a text as the store keeps it: message IDs are compared in that form. */
  constructor(facts: BatchFacts, storedText: (text: string) => string = (text) => text) {
    this.#number = facts.number;
    this.#list = facts.list;
    this.#users = new Map(facts.users);
    this.#seenAtMs = new Map(facts.seenAtMs);
    this.#webhooksInHand = facts.webhooks;
    this.#activityStart = facts.list.activityEnd;
    this.#outboxStart = facts.list.outboxEnd;
    this.#storedText = storedText;
  }

  /** Takes one decision, on the facts as the ones before have left them. If `decide` throws, nothing of it is in the batch. */
  change<Answer>(subjects: Subjects, decide: (facts: Facts) => Decision<Answer>): Answer {
    const { answer, change } = decide(this.#facts(subjects));
    if (change !== null) this.#apply(change);
    return answer;
  }

  /** Records an attempt to deliver a webhook. An attempt at a webhook that is gone, done, or another process's is ignored. */
  recordAttempt(entry: number, { atMs, state, dueAtMs, attempt }: DeliveryOutcome): void {
    const webhook = this.#attempts.get(entry)?.webhook ?? this.#webhooksInHand.get(entry);
    if (webhook === undefined) return;
    const attempts = [...webhook.attempts, attempt].slice(-attemptsKept);
    const attempted = { ...webhook, state, attempts, attemptCount: webhook.attemptCount + 1 };
    this.#attempts.set(entry, {
      webhook: attempted,
      dueAtMs,
      settledAtMs: state === 'waiting' ? null : atMs,
    });
    this.#isChanged = true;
  }

  /** The rows to write; null: there are none. */
  get rows(): BatchRows | null {
    if (!this.#isChanged) return null;
    return {
      attempts: this.#attempts,
      windows: this.#windows,
      traffic: this.#traffic,
      contacts: this.#contacts,
      ruleCounts: this.#ruleCounts,
      endedStanding: this.#endedStanding,
      standing: this.#standing,
      removed: this.#removed,
      added: this.#added,
      amended: this.#amended,
      activity: this.#activity,
      activityStart: this.#activityStart,
      webhooks: this.#webhooks,
      outboxStart: this.#outboxStart,
      messages: this.#messages,
      list: this.#list,
    };
  }

  #facts({ users, messageIds = [] }: Subjects): Facts {
    const found = new Map<WaId, UserFacts>();
    for (const waId of users) {
      const user = this.#users.get(waId);
      if (user === undefined) throw new Error('the batch has not read a user that is asked for');
      found.set(waId, user);
    }
    const seenAtMs = new Map<string, number>();
    for (const messageId of messageIds) {
      const atMs = this.#seenAtMs.get(this.#storedText(messageId));
      if (atMs !== undefined) seenAtMs.set(messageId, atMs);
    }
    const { version, size } = this.#list;
    return { number: this.#number, blocklist: { version, size }, users: found, seenAtMs };
  }

  #apply(change: Change): void {
    this.#isChanged = true;
    this.#applyMessages(change);
    this.#applyBlocklist(change);
    this.#applyAmendments(change);
    this.#applyStanding(change);
    this.#applyContacts(change);
    this.#applyRuleCounts(change);
    const { atMs, activity, webhooks, messages } = change;
    this.#activity.push(...activity);
    for (const message of webhooks) {
      this.#webhooks.push({ ...message, atMs, state: stateOf(message, this.#number) });
      if (message.messageId !== null) this.#seenAtMs.set(this.#storedText(message.messageId), atMs);
    }
    for (const message of messages) {
      const id = this.#storedText(message.id);
      this.#messages.set(id, { ...message, id, atMs });
      this.#seenAtMs.set(id, atMs);
    }
    const { activityEnd, outboxEnd } = this.#list;
    this.#list = {
      ...this.#list,
      activityEnd: activityEnd + activity.length,
      outboxEnd: outboxEnd + webhooks.length,
    };
  }

  #applyBlocklist({ atMs, blocklist }: Change): void {
    if (blocklist === null) return;
    for (const waId of blocklist.removed) {
      if (!this.#added.delete(waId)) this.#removed.add(waId);
      this.#amended.delete(waId);
      this.#see(waId, { blocked: false, block: null });
    }
    let { end } = this.#list;
    for (const block of blocklist.added) {
      const { waId, cause, untilMs } = block;
      this.#added.set(waId, { ...block, position: end++, atMs });
      this.#see(waId, {
        blocked: true,
        block: { keyId: cause.keyId, source: cause.source, sinceMs: atMs, untilMs },
      });
    }
    const { version, size } = blocklist;
    this.#list = { ...this.#list, version, size, end };
  }

  #applyAmendments({ amended }: Change): void {
    for (const amendment of amended) {
      const { waId } = amendment;
      const added = this.#added.get(waId);
      if (added === undefined) this.#amended.set(waId, { ...this.#amended.get(waId), ...amendment });
      else {
        const { note, untilMs } = amend({ note: added.cause.note, untilMs: added.untilMs }, amendment);
        this.#added.set(waId, { ...added, untilMs, cause: { ...added.cause, note } });
      }
      const block = this.#users.get(waId)?.block ?? null;
      if (block !== null && amendment.untilMs !== undefined)
        this.#see(waId, { block: { ...block, untilMs: amendment.untilMs } });
    }
  }

  #applyStanding({ standing, endedStanding }: Change): void {
    for (const waId of endedStanding) {
      this.#standing.delete(waId);
      this.#endedStanding.add(waId);
      this.#see(waId, { standing: null });
    }
    for (const { waId, ...block } of standing) {
      this.#standing.set(waId, block);
      this.#see(waId, { standing: block });
    }
  }

  #applyContacts({ atMs, contacted }: Change): void {
    for (const waId of contacted) {
      this.#contacts.set(waId, atMs);
      const knownFromMs = this.#users.get(waId)?.knownFromMs ?? atMs;
      this.#see(waId, { lastOutboundMs: atMs, knownFromMs });
    }
  }

  #applyRuleCounts({ atMs, ruleCounts }: Change): void {
    for (const [ruleId, { matched, acted }] of ruleCounts) {
      const hourMs = hourOf(atMs);
      const name = `${hourMs} ${ruleId}`;
      const before = this.#ruleCounts.get(name) ?? { hourMs, ruleId, matched: 0, acted: 0 };
      this.#ruleCounts.set(name, {
        ...before,
        matched: before.matched + matched,
        acted: before.acted + acted,
      });
    }
  }

  #applyMessages({ atMs, admitted, dropped, held }: Change): void {
    if (admitted.size + dropped.size === 0) return;
    const hour = hourOf(atMs);
    const counted = this.#traffic.get(hour) ?? { admitted: 0, dropped: 0, held: 0 };
    counted.held += held;
    for (const [waId, { count, name, openedAtMs = atMs }] of admitted) {
      this.#openWindow(waId, openedAtMs, name);
      counted.admitted += count;
    }
    for (const [waId, count] of dropped) {
      this.#countDropped(waId, count, atMs);
      counted.dropped += count;
    }
    if (counted.admitted + counted.dropped + counted.held > 0) this.#traffic.set(hour, counted);
  }

  #openWindow(waId: WaId, atMs: number, newName: string | null): void {
    const before = this.#windows.get(waId);
    const { dropped, lastDroppedMs } = before ?? { dropped: 0, lastDroppedMs: null };
    const name = newName ?? before?.name ?? null;
    const knownFromMs = this.#users.get(waId)?.knownFromMs ?? atMs + knownAfterMs;
    this.#windows.set(waId, { name, lastInboundMs: atMs, dropped, lastDroppedMs, ticks: 2, knownFromMs });
    this.#see(waId, {
      lastInboundMs: atMs,
      ticks: 2,
      knownFromMs,
      ...(newName !== null && { name: newName }),
    });
  }

  #countDropped(waId: WaId, count: number, atMs: number): void {
    const before = this.#windows.get(waId) ?? {
      name: null,
      lastInboundMs: null,
      dropped: 0,
      knownFromMs: null,
    };
    this.#windows.set(waId, {
      ...before,
      dropped: before.dropped + count,
      lastDroppedMs: atMs,
      ticks: 1,
    });
    this.#see(waId, { ticks: 1, dropped: (this.#users.get(waId)?.dropped ?? 0) + count });
  }

  #see(waId: WaId, change: Partial<UserFacts>): void {
    const before = this.#users.get(waId);
    if (before !== undefined) this.#users.set(waId, { ...before, ...change });
  }
}

/** A message that is shown for review, and that nobody receives, is kept. */
function stateOf({ review }: OutboxMessage, { webhook }: NumberRecord): WebhookRow['state'] {
  const isNowhereToGo = review?.kind === 'flagged' && webhook === null;
  return review?.kind === 'kept' || isNowhereToGo ? 'kept' : 'waiting';
}

/** Users with a webhook that is done, and the time: their next webhooks become due. */
export function doneUsers(attempts: BatchRows['attempts']): ReadonlyMap<WaId, number> {
  const done = new Map<WaId, number>();
  for (const { webhook, settledAtMs } of attempts.values())
    if (settledAtMs !== null) done.set(webhook.waId, settledAtMs);
  return done;
}
