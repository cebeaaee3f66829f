import {
  type Decision,
  type DeliveryOutcome,
  type Facts,
  NumberUnknown,
  StoreUnavailable,
  type Subjects,
} from '@blockhouse/engine';
import { ChangeBatch } from '../change-batch.ts';
import type { ListState } from '../list-state.ts';
import { readListState, readNumber, readUserFacts, readWebhook } from '../rows.ts';
import type { Ask } from './connections.ts';
import { type Database, stayOnNode } from './database.ts';
import { withRetry } from './retry.ts';
import { statements } from './statements.ts';
import { storable } from './storable.ts';
import { writeBatch } from './write-batch.ts';

/** Work on one number that waits for its batch. */
interface Job {
  readonly subjects: Subjects;
  /** The webhook whose attempt it records, if any. */
  readonly entry: number | null;
  readonly work: (batch: ChangeBatch) => unknown;
  readonly since: number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The result of a job. The caller gets it when the batch is committed. */
type Outcome = { readonly answer: unknown } | { readonly error: unknown };

/** So that a transaction stays short, and nobody waits behind a very long one. */
const jobsMax = 256;
const usersMax = 4000;

/** More than this waiting on one number means that the database does not keep up. */
const waitingMax = 20_000;

/**
 * Commits together what arrives together for one number: while a batch is on its way, the next one gathers. Nothing
 * waits for a timer: a lone job is sent immediately. Numbers are independent of each other, and no transaction spans
 * two.
 */
export class GroupCommit {
  readonly #database: Database;
  readonly #worker: string;
  readonly #queues = new Map<string, Job[]>();
  readonly #running = new Set<Promise<void>>();
  #batches = 0;

  /** @param options.worker names this process in the marks of what it has committed. */
  constructor({ database, worker }: { database: Database; worker: string }) {
    this.#database = database;
    this.#worker = worker;
  }

  /** A decision in its number's next batch; fulfilled when that is committed. */
  change<Answer>(
    numberId: string,
    subjects: Subjects,
    decide: (facts: Facts) => Decision<Answer>,
  ): Promise<Answer> {
    return this.#enqueue(numberId, subjects, null, (batch) => batch.change(subjects, decide));
  }

  /** Records an attempt to deliver a webhook in its number's next batch. */
  recordAttempt(numberId: string, entry: number, outcome: DeliveryOutcome): Promise<void> {
    return this.#enqueue(numberId, { users: [] }, entry, (batch) => batch.recordAttempt(entry, outcome));
  }

  /** Fulfilled when nothing is on its way. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  #enqueue<Answer>(
    numberId: string,
    subjects: Subjects,
    entry: number | null,
    work: (batch: ChangeBatch) => Answer,
  ): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const waiting = this.#queues.get(numberId);
      if (waiting !== undefined && waiting.length >= waitingMax) {
        return reject(new StoreUnavailable(`too much waits to be written for number ${numberId}`));
      }
      const since = performance.now();
      const job = { subjects, entry, work, since, resolve: resolve as (answer: unknown) => void, reject };
      if (waiting !== undefined) {
        waiting.push(job);
        return;
      }
      this.#queues.set(numberId, [job]);
      const running = this.#run(numberId);
      this.#running.add(running);
      void running.finally(() => this.#running.delete(running));
    });
  }

  /** One batch after the other, until nothing waits. */
  async #run(numberId: string): Promise<void> {
    // Jobs that arrive in the same turn of the event loop are part of the batch.
    await new Promise(setImmediate);
    for (let waiting = this.#queues.get(numberId) ?? []; waiting.length > 0; ) {
      const jobs = takeBatch(waiting);
      const isUp = await this.#commit(numberId, jobs);
      // Jobs that have waited through an outage would only wait through the next one.
      if (!isUp) for (const { reject } of waiting.splice(0)) reject(unavailable());
    }
    this.#queues.delete(numberId);
  }

  /** Commits jobs together; when that fails for a reason that does not pass, each by itself, so that only one is refused. */
  async #commit(numberId: string, jobs: readonly Job[]): Promise<boolean> {
    try {
      const outcomes = await this.#commitTogether(numberId, jobs);
      jobs.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index] ?? { error: new Error('a job was left out of its batch') };
        if ('error' in outcome) reject(outcome.error);
        else resolve(outcome.answer);
      });
      return true;
    } catch (error) {
      const isOfAll = error instanceof NumberUnknown || error instanceof StoreUnavailable;
      if (jobs.length === 1 || isOfAll) for (const { reject } of jobs) reject(error);
      else for (const job of jobs) await this.#commit(numberId, [job]);
      return !(error instanceof StoreUnavailable);
    }
  }

  async #commitTogether(numberId: string, jobs: readonly Job[]): Promise<readonly Outcome[]> {
    const mark = { worker: this.#worker, batch: String(++this.#batches) };
    let decided: readonly Outcome[] | null = null;
    const { connections, deadlineMs, closing } = this.#database;
    const attempt = () =>
      connections.transaction(async (ask) => {
        stayOnNode(connections, ask, numberId);
        const { facts, committed } = await readFacts(ask, numberId, jobs, mark.worker);
        // An earlier attempt whose end nobody told us had been committed after all.
        if (decided !== null && committed === mark.batch) return decided;
        const batch = new ChangeBatch(facts, storable);
        const outcomes = jobs.map(({ work }): Outcome => {
          try {
            return { answer: work(batch) };
          } catch (error) {
            return { error };
          }
        });
        decided = outcomes;
        const { rows } = batch;
        if (rows !== null) {
          writeBatch(ask, numberId, rows);
          markList(ask, numberId, rows.list, mark);
        }
        return outcomes;
      });
    const waitedMs = performance.now() - Math.min(...jobs.map(({ since }) => since));
    return await withRetry(attempt, { deadlineMs: deadlineMs - waitedMs, settlesUnknown: true, closing });
  }
}

function unavailable(): StoreUnavailable {
  return new StoreUnavailable('the database does not answer');
}

function takeBatch(waiting: Job[]): readonly Job[] {
  let users = 0;
  const end = waiting.findIndex(({ subjects }, index) => {
    users += subjects.users.length;
    return index >= jobsMax || (index > 0 && users > usersMax);
  });
  return waiting.splice(0, end === -1 ? waiting.length : end);
}

/** The state of the lists is written last: what a batch has written is there when its mark is. */
function markList(
  ask: Ask,
  numberId: string,
  { version, size, end, activityEnd, outboxEnd }: ListState,
  { worker, batch }: { readonly worker: string; readonly batch: string },
): void {
  ask(statements.setList, [numberId, version, size, end, activityEnd, outboxEnd, worker, batch]);
}

/**
 * Locks the number, then reads what its jobs ask for: the statements travel together, and each sees what was committed
 * before the lock was given.
 */
async function readFacts(ask: Ask, numberId: string, jobs: readonly Job[], worker: string) {
  const users = [...new Set(jobs.flatMap(({ subjects }) => subjects.users))];
  const messageIds = [...new Set(jobs.flatMap(({ subjects }) => subjects.messageIds ?? []).map(storable))];
  const entries = jobs.flatMap(({ entry }) => (entry === null ? [] : [entry]));
  const [[locked], found, seen, webhooks] = await Promise.all([
    ask(statements.lockList, [numberId, worker]),
    users.length === 0 ? [] : ask(statements.userFacts, [numberId, users]),
    messageIds.length === 0 ? [] : ask(statements.messagesSeen, [numberId, messageIds]),
    entries.length === 0 ? [] : ask(statements.webhooksInHand, [numberId, entries, worker]),
  ]);
  if (locked === undefined) throw new NumberUnknown(numberId);
  const [version, size, end, activityEnd, outboxEnd, committed, ...number] = locked;
  return {
    committed,
    facts: {
      number: readNumber(number),
      list: readListState([version, size, end, activityEnd, outboxEnd]),
      users: new Map(found.map(readUserFacts)),
      seenAtMs: new Map(seen.map(([messageId, atMs]) => [messageId as string, atMs as number])),
      webhooks: new Map(webhooks.map(readWebhook(numberId)).map((webhook) => [webhook.entry, webhook])),
    },
  };
}
