import { type Clock, NumberUnknown, reviewLifeMs, type Store } from '@blockhouse/engine';
import type { FastifyBaseLogger } from 'fastify';
import type { MessageArchive } from '../auto-block/message-archive.ts';
import { KeyedWorkers, type NextRun } from '../shared/keyed-workers.ts';
import type { Platforms } from './platforms.ts';

/** How often activity that is too old is looked for, and reviews that nobody has decided. */
const forgetEveryMs = 60 * 60 * 1000;

/** Reviews that are read at a time. */
const reviewsAtOnce = 100;

/**
 * Ends blocks and standing blocks at their moment, discards messages that nobody has reviewed, and forgets activity and
 * kept messages in time. It holds nothing but timers. The store has what ends and when, and every decision checks it, so that a late timer changes no outcome. A number whose
 * store or platform fails is tried again until it succeeds: its timer is the only one that knows of the next end.
 */
export class ExpiryScheduler {
  readonly #platforms: Platforms;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: FastifyBaseLogger;
  readonly #archive: MessageArchive;
  readonly #retentionMs: number | null;
  readonly #wakeDelivery: (numberId: string) => void;
  readonly #workers: KeyedWorkers;
  readonly #forgetting: KeyedWorkers;

  /**
   * @param options.retentionMs how long activity is kept; null: without a limit.
   * @param options.wakeDelivery called when webhooks of a number have become due.
   */
  constructor(options: {
    platforms: Platforms;
    store: Store;
    clock: Clock;
    log: FastifyBaseLogger;
    archive: MessageArchive;
    retentionMs: number | null;
    wakeDelivery: (numberId: string) => void;
  }) {
    this.#platforms = options.platforms;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#archive = options.archive;
    this.#retentionMs = options.retentionMs;
    this.#wakeDelivery = options.wakeDelivery;
    this.#workers = new KeyedWorkers({
      work: (numberId) => this.#look(numberId),
      onError: (error, number) =>
        this.#log.error({ err: error, number }, 'expired blocks could not be removed'),
    });
    this.#forgetting = new KeyedWorkers({
      work: (_, closing) => this.#forget(closing),
      onError: (error) => this.#log.error({ err: error }, 'old activity could not be deleted'),
    });
  }

  /** Processes a number in the background: something there may end sooner than was known. */
  wake(numberId: string): void {
    void this.#workers.run(numberId);
  }

  /**
   * Processes all numbers: when the clock was moved. None waits for another, or for another's platform. Old activity
   * and old messages are deleted in the background.
   */
  async lookAll(): Promise<void> {
    await Promise.all((await this.#store.numbers()).map(({ id }) => this.#workers.run(id)));
    void this.#forgetting.run('activity');
  }

  /** The same at the start: what has to be asked elsewhere is not waited for, nor is the forgetting, which may be long work. */
  async begin(): Promise<void> {
    for (const { id, upstream } of await this.#store.numbers()) {
      if (upstream === null) await this.#workers.run(id);
      else this.wake(id);
    }
    void this.#forgetting.run('activity');
  }

  async close(): Promise<void> {
    await Promise.all([this.#workers.close(), this.#forgetting.close()]);
  }

  /** Forgets activity that is older than it is to be kept, some entries at a time; answers when to look again. */
  async #forget(closing: AbortSignal): Promise<NextRun> {
    for (const { id } of await this.#store.numbers()) {
      await this.#endReviews(id);
      if (this.#retentionMs !== null) await this.#forgetOf(id, this.#clock() - this.#retentionMs, closing);
      await this.#unlessRemoved(() => this.#archive.purge(id));
    }
    return forgetEveryMs;
  }

  /** Discards the messages of a number that nobody has reviewed in time. They come in the order of their times. */
  async #endReviews(numberId: string): Promise<void> {
    const atMs = this.#clock();
    let ended = 0;
    for (let isMore = true; isMore; ) {
      const items = await this.#store.outbox.reviews(numberId, { afterEntry: 0, count: reviewsAtOnce });
      const old = items.filter(({ webhook }) => webhook.createdAtMs + reviewLifeMs <= atMs);
      for (const { webhook } of old)
        await this.#store.outbox.decideReview(numberId, webhook.entry, { decision: 'discard', atMs });
      ended += old.length;
      isMore = old.length === reviewsAtOnce;
    }
    if (ended === 0) return;
    this.#log.warn({ number: numberId, messages: ended }, 'messages were discarded that nobody had reviewed');
    this.#wakeDelivery(numberId);
  }

  async #forgetOf(numberId: string, beforeMs: number, closing: AbortSignal): Promise<void> {
    await this.#unlessRemoved(async () => {
      while (!closing.aborted && (await this.#store.purgeActivity(numberId, beforeMs)) > 0);
    });
  }

  /** A number that was removed meanwhile keeps no other waiting. */
  async #unlessRemoved(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof NumberUnknown)) throw error;
    }
  }

  /** Ends everything on a number that has expired; answers when the next end comes. */
  async #look(numberId: string): Promise<NextRun> {
    const number = await this.#store.number(numberId);
    if (number === null) return null;
    await this.#endReviews(numberId);
    const againMs = await this.#platforms.of(number).expire(numberId);
    if (againMs !== null) return againMs;
    const nextMs = await this.#store.nextExpiryMs(numberId);
    return nextMs === null ? null : nextMs - this.#clock();
  }
}
