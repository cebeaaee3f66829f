import {
  type ActivityEntry,
  type Amendment,
  type AuditContext,
  amend,
  attemptsKept,
  type Change,
  type Decision,
  type DeliveryOutcome,
  type Facts,
  hourOf,
  type NewBlock,
  type NumberRecord,
  type OutboxMessage,
  type StandingBlock,
  type Subjects,
  type UserFacts,
  type WaId,
  type Webhook,
  webhookRetentionMs,
} from '@blockhouse/engine';
import type { Ask } from './connections.ts';
import { type ListState, storable } from './rows.ts';
import { statements } from './statements.ts';

/** What a batch begins with: everything that its work may ask for, read in one transaction. */
export interface BatchFacts {
  readonly number: NumberRecord;
  readonly list: ListState;
  readonly users: ReadonlyMap<WaId, UserFacts>;
  readonly seenAtMs: ReadonlyMap<string, number>;
  readonly webhooks: ReadonlyMap<number, Webhook>;
}

interface WindowChange {
  name: string | null;
  lastInboundMs: number | null;
  dropped: number;
  lastDroppedMs: number | null;
  ticks: 1 | 2;
}

interface Settled {
  readonly webhook: Webhook;
  readonly dueAtMs: number | null;
  readonly settledAtMs: number | null;
}

/**
 * Changes of one number that are committed together. Each sees what the ones before it have changed; what all of them have
 * changed is written once.
 */
export class Batch {
  readonly #number: NumberRecord;
  readonly #users: Map<WaId, UserFacts>;
  readonly #seenAtMs: Map<string, number>;
  readonly #webhooks: ReadonlyMap<number, Webhook>;
  #list: ListState;
  readonly #windows = new Map<WaId, WindowChange>();
  readonly #added = new Map<WaId, NewBlock & { readonly position: number; readonly atMs: number }>();
  readonly #amended = new Map<WaId, Amendment>();
  readonly #standing = new Map<WaId, StandingBlock>();
  readonly #endedStanding = new Set<WaId>();
  readonly #traffic = new Map<number, { admitted: number; dropped: number }>();
  readonly #removed = new Set<WaId>();
  readonly #activity: ActivityEntry[] = [];
  readonly #newWebhooks: (OutboxMessage & { readonly atMs: number })[] = [];
  readonly #settled = new Map<number, Settled>();
  readonly #activityStart: number;
  readonly #outboxStart: number;

  constructor({ number, list, users, seenAtMs, webhooks }: BatchFacts) {
    this.#number = number;
    this.#list = list;
    this.#users = new Map(users);
    this.#seenAtMs = new Map(seenAtMs);
    this.#webhooks = webhooks;
    this.#activityStart = list.activityEnd;
    this.#outboxStart = list.outboxEnd;
  }

  /** Takes one decision, on the facts as the ones before have left them. */
  change<Answer>(subjects: Subjects, decide: (facts: Facts) => Decision<Answer>): Answer {
    const { answer, change } = decide(this.#facts(subjects));
    if (change !== null) this.#apply(change);
    return answer;
  }

  /** Notes a try to deliver a webhook; one that is gone, done with or in other hands is nothing to note. */
  settle(entry: number, { atMs, state, dueAtMs, attempt }: DeliveryOutcome): void {
    const webhook = this.#settled.get(entry)?.webhook ?? this.#webhooks.get(entry);
    if (webhook === undefined) return;
    const attempts = [...webhook.attempts, attempt].slice(-attemptsKept);
    const settled = { ...webhook, state, attempts, attemptCount: webhook.attemptCount + 1 };
    this.#settled.set(entry, { webhook: settled, dueAtMs, settledAtMs: state === 'waiting' ? null : atMs });
  }

  /** Asks for everything to be written, in an order in which each statement finds what it builds on. */
  write(ask: Ask, mark: { readonly worker: string; readonly batch: string }): void {
    const { id } = this.#number;
    this.#writeSettled(ask);
    if (this.#windows.size > 0) {
      const windows = [...this.#windows];
      ask(statements.putWindows, [
        id,
        windows.map(([waId]) => waId),
        windows.map(([, { lastInboundMs }]) => lastInboundMs),
        windows.map(([, { dropped }]) => dropped),
        windows.map(([, { lastDroppedMs }]) => lastDroppedMs),
        windows.map(([, { ticks }]) => ticks),
        windows.map(([, { name }]) => storable(name)),
      ]);
    }
    this.#writeTraffic(ask);
    this.#writeStanding(ask);
    if (this.#removed.size > 0) ask(statements.removeBlocks, [id, [...this.#removed]]);
    if (this.#added.size > 0) {
      const added = [...this.#added];
      ask(statements.addBlocks, [
        id,
        added.map(([, { position }]) => position),
        added.map(([waId]) => waId),
        added.map(([, { atMs }]) => atMs),
        ...columnsOf(added.map(([, { cause }]) => cause)),
        added.map(([, { untilMs }]) => untilMs),
        added.map(([, { droppedBefore }]) => droppedBefore),
      ]);
    }
    if (this.#amended.size > 0) {
      const amended = [...this.#amended.values()];
      ask(statements.amendBlocks, [
        id,
        amended.map(({ waId }) => waId),
        amended.map(({ note }) => note !== undefined),
        amended.map(({ note }) => storable(note ?? null)),
        amended.map(({ untilMs }) => untilMs !== undefined),
        amended.map(({ untilMs }) => untilMs ?? null),
      ]);
    }
    if (this.#activity.length > 0) {
      const entries = this.#activity;
      ask(statements.addActivity, [
        id,
        entries.map(({ atMs }) => atMs),
        entries.map((_, index) => this.#activityStart + index),
        entries.map(({ operation }) => operation),
        entries.map(({ waId }) => waId),
        entries.map(({ input }) => storable(input)),
        entries.map(({ outcome }) => outcome),
        ...columnsOf(entries),
      ]);
    }
    if (this.#newWebhooks.length > 0) {
      const webhooks = this.#newWebhooks;
      ask(statements.addWebhooks, [
        id,
        webhooks.map((_, index) => this.#outboxStart + index),
        webhooks.map(({ waId }) => waId),
        webhooks.map(({ messageId }) => storable(messageId)),
        webhooks.map(({ body }) => body),
        webhooks.map(({ atMs }) => atMs),
      ]);
    }
    const { version, size, end, activityEnd, outboxEnd } = this.#list;
    ask(statements.setList, [id, version, size, end, activityEnd, outboxEnd, mark.worker, mark.batch]);
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
      const atMs = this.#seenAtMs.get(storable(messageId));
      if (atMs !== undefined) seenAtMs.set(messageId, atMs);
    }
    const { version, size } = this.#list;
    return { number: this.#number, blocklist: { version, size }, users: found, seenAtMs };
  }

  #apply(change: Change): void {
    const { atMs, blocklist, activity, webhooks } = change;
    this.#applyMessages(change);
    let { version, size, end, activityEnd, outboxEnd } = this.#list;
    if (blocklist !== null) {
      for (const waId of blocklist.removed) {
        if (!this.#added.delete(waId)) this.#removed.add(waId);
        this.#amended.delete(waId);
        this.#see(waId, { blocked: false, block: null });
      }
      for (const block of blocklist.added) {
        const { waId, cause, untilMs } = block;
        this.#added.set(waId, { ...block, position: end++, atMs });
        this.#see(waId, {
          blocked: true,
          block: { keyId: cause.keyId, source: cause.source, sinceMs: atMs, untilMs },
        });
      }
      ({ version, size } = blocklist);
    }
    this.#applyOrders(change);
    this.#activity.push(...activity);
    activityEnd += activity.length;
    for (const notice of webhooks) {
      this.#newWebhooks.push({ ...notice, atMs });
      if (notice.messageId !== null) this.#seenAtMs.set(storable(notice.messageId), atMs);
    }
    outboxEnd += webhooks.length;
    this.#list = { version, size, end, activityEnd, outboxEnd };
  }

  /** Standing blocks, and what is said anew of blocks. */
  #applyOrders({ amended, standing, endedStanding }: Change): void {
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
    for (const waId of endedStanding) {
      this.#standing.delete(waId);
      this.#endedStanding.add(waId);
      this.#see(waId, { standing: null });
    }
    for (const { waId, ...order } of standing) {
      this.#standing.set(waId, order);
      this.#see(waId, { standing: order });
    }
  }

  #applyMessages({ atMs, admitted, dropped }: Change): void {
    const hour = hourOf(atMs);
    const counted = this.#traffic.get(hour) ?? { admitted: 0, dropped: 0 };
    for (const [waId, { count, name, openedAtMs = atMs }] of admitted) {
      this.#openWindow(waId, openedAtMs, name);
      counted.admitted += count;
    }
    for (const [waId, count] of dropped) {
      this.#countDropped(waId, count, atMs);
      counted.dropped += count;
    }
    if (counted.admitted + counted.dropped > 0) this.#traffic.set(hour, counted);
  }

  #openWindow(waId: WaId, atMs: number, said: string | null): void {
    const before = this.#windows.get(waId);
    const { dropped, lastDroppedMs } = before ?? { dropped: 0, lastDroppedMs: null };
    const name = said ?? before?.name ?? null;
    this.#windows.set(waId, { name, lastInboundMs: atMs, dropped, lastDroppedMs, ticks: 2 });
    this.#see(waId, { lastInboundMs: atMs, ticks: 2, ...(said !== null && { name: said }) });
  }

  #countDropped(waId: WaId, count: number, atMs: number): void {
    const { name, lastInboundMs, dropped } = this.#windows.get(waId) ?? {
      name: null,
      lastInboundMs: null,
      dropped: 0,
    };
    this.#windows.set(waId, { name, lastInboundMs, dropped: dropped + count, lastDroppedMs: atMs, ticks: 1 });
    this.#see(waId, { ticks: 1, dropped: (this.#users.get(waId)?.dropped ?? 0) + count });
  }

  #writeTraffic(ask: Ask): void {
    if (this.#traffic.size === 0) return;
    const hours = [...this.#traffic];
    ask(statements.addTraffic, [
      this.#number.id,
      hours.map(([hour]) => hour),
      hours.map(([, { admitted }]) => admitted),
      hours.map(([, { dropped }]) => dropped),
    ]);
  }

  #writeStanding(ask: Ask): void {
    const { id } = this.#number;
    if (this.#endedStanding.size > 0) ask(statements.endStanding, [id, [...this.#endedStanding]]);
    if (this.#standing.size === 0) return;
    const standing = [...this.#standing];
    ask(statements.placeStanding, [
      id,
      standing.map(([waId]) => waId),
      standing.map(([, { placedAtMs }]) => placedAtMs),
      ...columnsOf(standing.map(([, { cause }]) => cause)),
      standing.map(([, { untilMs }]) => untilMs),
    ]);
  }

  #see(waId: WaId, change: Partial<UserFacts>): void {
    const before = this.#users.get(waId);
    if (before !== undefined) this.#users.set(waId, { ...before, ...change });
  }

  #writeSettled(ask: Ask): void {
    if (this.#settled.size === 0) return;
    const { id } = this.#number;
    const settled = [...this.#settled];
    ask(statements.recordAttempts, [
      id,
      settled.map(([entry]) => entry),
      settled.map(([, { webhook }]) => webhook.state),
      settled.map(([, { dueAtMs }]) => dueAtMs),
      settled.map(([, { settledAtMs }]) => settledAtMs),
      settled.map(([, { webhook }]) => webhook.attemptCount),
      settled.map(([, { webhook }]) => storable(JSON.stringify(webhook.attempts))),
    ]);
    const done = new Map<WaId, number>();
    for (const [, { webhook, settledAtMs }] of settled)
      if (settledAtMs !== null) done.set(webhook.waId, settledAtMs);
    if (done.size === 0) return;
    ask(statements.promoteWebhooks, [id, [...done.keys()], [...done.values()]]);
    ask(statements.purgeWebhooks, [id, Math.max(...done.values()) - webhookRetentionMs]);
  }
}

/** Causes as their columns: key_id, person, source, note. */
export function columnsOf(causes: readonly AuditContext[]): readonly (readonly (string | null)[])[] {
  return [
    causes.map(({ keyId }) => keyId),
    causes.map(({ person }) => storable(person)),
    causes.map(({ source }) => source),
    causes.map(({ note }) => storable(note)),
  ];
}
