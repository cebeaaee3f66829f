import { type Clock, isWindowOpen, type Store, type WaId } from '@blockhouse/engine';
import type { FastifyBaseLogger } from 'fastify';
import { KeyedWorkers, type NextRun } from '../../shared/keyed-workers.ts';
import type { CloudPlatform } from './cloud.ts';

/** Standing blocks that are looked at, and placed, together. */
const atOnce = 1000;

/**
 * Places blocks at Meta when their users have written: immediately, and again until Meta has answered or the user's
 * window has closed. It holds nothing but timers. The users to block are in the store, as standing blocks that are
 * older than the user's last message, so that a restart loses none.
 */
export class StandingPlacements {
  readonly #platform: CloudPlatform;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #workers: KeyedWorkers;

  constructor(options: { platform: CloudPlatform; store: Store; clock: Clock; log: FastifyBaseLogger }) {
    this.#platform = options.platform;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#workers = new KeyedWorkers({
      work: (numberId, closing) => this.#placeAll(numberId, closing),
      onError: (error, number) =>
        options.log.error({ err: error, number }, 'standing blocks could not be placed'),
    });
  }

  /** Processes a number: users with standing blocks may have written. */
  wake(numberId: string): void {
    void this.#workers.run(numberId);
  }

  /** Processes all numbers: at the start, and when another process is gone. */
  async wakeAll(): Promise<void> {
    for (const { id, upstream } of await this.#store.numbers()) if (upstream !== null) this.wake(id);
  }

  async close(): Promise<void> {
    await this.#workers.close();
  }

  /** Places all that can be; those that Meta did not answer have to be tried again. */
  async #placeAll(numberId: string, closing: AbortSignal): Promise<NextRun> {
    let left = false;
    for (let after: WaId | null = null; !closing.aborted; ) {
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
    return left ? 'retry' : null;
  }
}
