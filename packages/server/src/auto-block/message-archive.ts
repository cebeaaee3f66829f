import { randomUUID } from 'node:crypto';
import type { Clock, KeptQuery, NumberRecord, Store, WaId } from '@blockhouse/engine';
import type { FastifyBaseLogger } from 'fastify';
import { CannotDecrypt, type Vault } from '../auth/secret-vault.ts';
import { KeyedWorkers, type NextRun } from '../shared/keyed-workers.ts';
import type { IncomingMessage } from './auto-block.ts';
import type { PastMessage } from './replay.ts';

/** Messages that are stored together, at most, and how long they wait for others, in milliseconds. */
const batchMessages = 500;
const batchWaitMs = 1_000;

/** Messages of a number that wait while the store does not take them. More are not kept. */
const waitingMax = 20_000;

/** Batches that are read at a time. */
const batchesAtOnce = 10;

/** A message as a batch contains it. */
interface KeptMessage {
  readonly id: string;
  readonly from: WaId;
  readonly name: string | null;
  readonly atMs: number;
  readonly content: Readonly<Record<string, unknown>>;
}

/**
 * Keeps the contents of messages that come in, encrypted and for a limited time, so that auto-block rules can be tried
 * on them. Messages are stored some at a time, after they were admitted, held, or dropped. A process that is killed
 * loses those of the last second.
 */
export class MessageArchive {
  /** How long messages are kept, in milliseconds; null: not at all. */
  readonly retentionMs: number | null;
  readonly #store: Store;
  readonly #vault: Vault;
  readonly #clock: Clock;
  readonly #log: FastifyBaseLogger;
  readonly #waiting = new Map<string, KeptMessage[]>();
  readonly #workers: KeyedWorkers;

  constructor(options: {
    store: Store;
    vault: Vault;
    clock: Clock;
    retentionMs: number | null;
    log: FastifyBaseLogger;
  }) {
    this.retentionMs = options.retentionMs;
    this.#store = options.store;
    this.#vault = options.vault;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#workers = new KeyedWorkers({
      work: (numberId) => this.#write(numberId),
      onError: (error, number) => this.#log.error({ err: error, number }, 'messages could not be kept'),
    });
  }

  /** Takes messages that came in. @param messages null: the item was no message of a user. */
  keep({ id }: NumberRecord, messages: readonly (IncomingMessage | null)[], atMs: number): void {
    if (this.retentionMs === null) return;
    const waiting = this.#waiting.get(id) ?? [];
    for (const message of messages) {
      if (message === null || waiting.length >= waitingMax) continue;
      const { id: messageId, from, name, content } = message;
      waiting.push({ id: messageId, from, name, atMs, content });
    }
    if (waiting.length === 0) return;
    this.#waiting.set(id, waiting);
    if (waiting.length >= batchMessages) void this.#workers.run(id);
    else this.#workers.wakeIn(id, batchWaitMs);
  }

  /** The latest messages of numbers since a time, each once, oldest first. */
  async latest(
    numbers: readonly NumberRecord[],
    { sinceMs, max }: { readonly sinceMs: number; readonly max: number },
  ): Promise<readonly PastMessage[]> {
    const found: PastMessage[] = [];
    for (const number of numbers) {
      await this.#workers.run(number.id);
      found.push(...(await this.#latestOf(number, { sinceMs, max })));
    }
    return found.toSorted((one, other) => one.atMs - other.atMs).slice(-max);
  }

  /** Deletes the messages of a number that are older than they are to be kept. */
  async purge(numberId: string): Promise<void> {
    // Messages that an earlier configuration has kept are deleted as well.
    const beforeMs = this.#clock() - (this.retentionMs ?? 0);
    while ((await this.#store.keptMessages.purge(numberId, beforeMs)) > 0);
  }

  /** Stores what waits, and ends. */
  async close(): Promise<void> {
    await Promise.all([...this.#waiting.keys()].map((numberId) => this.#workers.run(numberId)));
    await this.#workers.close();
  }

  async #latestOf(
    number: NumberRecord,
    { sinceMs, max }: { readonly sinceMs: number; readonly max: number },
  ): Promise<readonly PastMessage[]> {
    const found = new Map<string, PastMessage>();
    for (let before: KeptQuery['before'] = null; found.size < max; ) {
      const query = { sinceMs, before, count: batchesAtOnce };
      const batches = await this.#store.keptMessages.list(number.id, query);
      for (const { encrypted } of batches)
        for (const message of this.#decrypt(number.id, encrypted).toReversed())
          if (message.atMs >= sinceMs) found.set(message.id, { ...message, number });
      before = batches.at(-1) ?? null;
      if (before === null) break;
    }
    return [...found.values()];
  }

  async #write(numberId: string): Promise<NextRun> {
    for (let waiting = this.#waiting.get(numberId) ?? []; waiting.length > 0; ) {
      const batch = waiting.slice(0, batchMessages);
      const atMs = batch.at(-1)?.atMs ?? 0;
      const encrypted = this.#vault.encryptMessages(numberId, JSON.stringify(batch));
      const kept = { id: randomUUID(), atMs, messages: batch.length, encrypted };
      await this.#store.keptMessages.add(numberId, kept);
      waiting.splice(0, batch.length);
      waiting = this.#waiting.get(numberId) ?? [];
    }
    this.#waiting.delete(numberId);
    return null;
  }

  /** The messages of a batch; none where its secret is not configured any more. */
  #decrypt(numberId: string, encrypted: string): readonly KeptMessage[] {
    try {
      return JSON.parse(this.#vault.decryptMessages(numberId, encrypted)) as KeptMessage[];
    } catch (error) {
      if (!(error instanceof CannotDecrypt)) throw error;
      this.#log.warn({ number: numberId }, `kept messages were left out: ${error.message}`);
      return [];
    }
  }
}
