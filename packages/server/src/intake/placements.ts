import { type Clock, isWindowOpen, NumberUnknown, type Store, type WaId } from '@blockhouse/engine';
import type { FastifyBaseLogger } from 'fastify';
import type { CloudPlatform } from '../blocklists/cloud.ts';

/** Standing blocks that are looked at, and placed, together. */
const atOnce = 1000;

const firstRetryMs = 1_000;
const retryMaxMs = 60_000;

interface Work {
  running: boolean;
  again: boolean;
  failures: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Places at Meta the blocks whose users have written: at once, and again until Meta has answered or the user's window has
 * closed. It holds nothing but timers: who is to be blocked stands in the store, as a standing block that is older than what its
 * user wrote last, so that a restart forgets nobody.
 */
export class Placements {
  readonly #platform: CloudPlatform;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: FastifyBaseLogger;
  readonly #works = new Map<string, Work>();
  readonly #running = new Set<Promise<void>>();
  #closed = false;

  constructor(options: { platform: CloudPlatform; store: Store; clock: Clock; log: FastifyBaseLogger }) {
    this.#platform = options.platform;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Looks after a number: users with standing blocks may have written. */
  wake(numberId: string): void {
    if (this.#closed) return;
    const work = this.#workOf(numberId);
    clearTimeout(work.timer);
    if (work.running) {
      work.again = true;
      return;
    }
    work.running = true;
    const run = this.#run(numberId, work);
    this.#running.add(run);
    void run.finally(() => this.#running.delete(run));
  }

  /** Looks after all numbers: at the start, and when another process is gone. */
  async wakeAll(): Promise<void> {
    for (const { id, upstream } of await this.#store.numbers()) if (upstream !== null) this.wake(id);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { timer } of this.#works.values()) clearTimeout(timer);
    await Promise.allSettled([...this.#running]);
  }

  async #run(numberId: string, work: Work): Promise<void> {
    try {
      do {
        work.again = false;
        const left = await this.#placeAll(numberId);
        work.failures = left ? work.failures + 1 : 0;
        if (left) this.#retry(numberId, work);
      } while (work.again && !this.#closed);
    } catch (error) {
      if (error instanceof NumberUnknown) this.#works.delete(numberId);
      if (this.#closed || error instanceof NumberUnknown) return;
      this.#log.error({ err: error, number: numberId }, 'standing blocks could not be placed');
      work.failures++;
      this.#retry(numberId, work);
    } finally {
      work.running = false;
    }
  }

  /** Places all that can be; answers whether some have to be tried again. */
  async #placeAll(numberId: string): Promise<boolean> {
    let left = false;
    for (let after: WaId | null = null; !this.#closed; ) {
      const rows = await this.#store.standingBlocks(numberId, {
        search: null,
        waId: null,
        after,
        count: atOnce,
      });
      const nowMs = this.#clock();
      const met = rows.filter(
        ({ lastInboundMs, placedAtMs, untilMs }) =>
          lastInboundMs !== null &&
          lastInboundMs >= placedAtMs &&
          isWindowOpen(lastInboundMs, nowMs) &&
          (untilMs === null || untilMs > nowMs),
      );
      if (met.length > 0) {
        const waIds = met.map(({ waId }) => waId);
        if (!(await this.#platform.place(numberId, waIds))) left = true;
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < atOnce) break;
      after = last.waId;
    }
    return left;
  }

  #retry(numberId: string, work: Work): void {
    if (this.#closed) return;
    clearTimeout(work.timer);
    const waitMs = Math.min(firstRetryMs * 2 ** Math.max(0, work.failures - 1), retryMaxMs);
    work.timer = setTimeout(() => this.wake(numberId), waitMs).unref();
  }

  #workOf(numberId: string): Work {
    let work = this.#works.get(numberId);
    if (work === undefined) {
      work = { running: false, again: false, failures: 0, timer: undefined };
      this.#works.set(numberId, work);
    }
    return work;
  }
}
