import type { Clock, Store } from '@blockhouse/engine';
import type { FastifyBaseLogger } from 'fastify';
import type { Platforms } from './blocklists/platforms.ts';

/** A timer longer than this is set anew: the clock may be moved, and timers have 32 bits. */
const timerMaxMs = 60 * 60 * 1000;

/** A clock that stands still just before something is over must not be asked all the time. */
const timerMinMs = 50;

/** How long to wait after the store has failed. */
const storeRetryMs = 1000;

/** How often activity that is too old is looked for. */
const forgetEveryMs = 60 * 60 * 1000;

/**
 * Ends blocks and standing blocks at their moment, and forgets activity in time. It holds nothing but timers: what ends, and
 * when, stands in the store, and every decision looks for itself, so that a late timer lets nobody through or out.
 */
export class Expiries {
  readonly #platforms: Platforms;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: FastifyBaseLogger;
  readonly #retentionMs: number | null;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #forgetting: NodeJS.Timeout;
  #closed = false;

  /** @param options.retentionMs how long activity is kept; null: for ever. */
  constructor(options: {
    platforms: Platforms;
    store: Store;
    clock: Clock;
    log: FastifyBaseLogger;
    retentionMs: number | null;
  }) {
    this.#platforms = options.platforms;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#retentionMs = options.retentionMs;
    this.#forgetting = setInterval(() => this.#track(this.forget()), forgetEveryMs).unref();
  }

  /** Ends what is over on a number, and waits for what comes next. */
  async look(numberId: string): Promise<void> {
    if (this.#closed) return;
    clearTimeout(this.#timers.get(numberId));
    this.#timers.delete(numberId);
    const number = await this.#store.number(numberId);
    if (number === null) return;
    const againMs = await this.#platforms.of(number).expire(numberId);
    if (againMs !== null) return this.#setTimer(numberId, againMs);
    const nextMs = await this.#store.nextOverMs(numberId);
    if (nextMs !== null) this.#setTimer(numberId, nextMs - this.#clock());
  }

  /** Looks after a number in the background: something there may end sooner than was known. */
  wake(numberId: string): void {
    this.#track(this.look(numberId));
  }

  /** Looks after all numbers: when the clock was moved. None waits for another, or for another's platform. */
  async lookAll(): Promise<void> {
    await Promise.all((await this.#store.numbers()).map(({ id }) => this.look(id)));
  }

  /** The same at the start: what has to be asked elsewhere is not waited for. */
  async begin(): Promise<void> {
    for (const { id, upstream } of await this.#store.numbers()) {
      if (upstream === null) await this.look(id);
      else this.wake(id);
    }
  }

  /** Forgets activity that is older than it is to be kept. */
  async forget(): Promise<void> {
    if (this.#retentionMs === null) return;
    const beforeMs = this.#clock() - this.#retentionMs;
    for (const { id } of await this.#store.numbers()) await this.#store.forgetActivity(id, beforeMs);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#forgetting);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.allSettled([...this.#running]);
  }

  #setTimer(numberId: string, delayMs: number): void {
    if (this.#closed) return;
    const waitMs = Math.min(Math.max(delayMs, timerMinMs), timerMaxMs);
    this.#timers.set(numberId, setTimeout(() => this.wake(numberId), waitMs).unref());
  }

  #track(work: Promise<unknown>): void {
    const watched = work.catch((error: unknown) => {
      if (this.#closed) return;
      this.#log.error({ err: error }, 'what is over could not be ended');
      setTimeout(() => void this.lookAll().catch(() => {}), storeRetryMs).unref();
    });
    this.#running.add(watched);
    void watched.finally(() => this.#running.delete(watched));
  }
}
