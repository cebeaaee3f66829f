import type { FastifyBaseLogger } from 'fastify';
import type { MessageArchive } from './auto-block/message-archive.ts';
import type { RuleBook } from './auto-block/rule-book.ts';
import type { StandingPlacements } from './blocklists/cloud/standing-placements.ts';
import type { ExpiryScheduler } from './blocklists/expiry-scheduler.ts';
import type { RuleSpread } from './blocklists/rule-spread.ts';
import { KeyedWorkers } from './shared/keyed-workers.ts';
import type { WebhookDelivery } from './webhooks/delivery.ts';

/** The work outside of requests: expiry, standing blocks at Meta, blocks of rules, kept messages, and the delivery of webhooks. */
export class BackgroundWork {
  readonly #expiries: ExpiryScheduler;
  readonly #placements: StandingPlacements;
  readonly #ruleSpread: RuleSpread;
  readonly #ruleBook: RuleBook;
  readonly #archive: MessageArchive;
  readonly #delivery: WebhookDelivery;
  readonly #allNumbers: KeyedWorkers;

  constructor(options: {
    expiries: ExpiryScheduler;
    placements: StandingPlacements;
    ruleSpread: RuleSpread;
    ruleBook: RuleBook;
    archive: MessageArchive;
    delivery: WebhookDelivery;
    log: FastifyBaseLogger;
  }) {
    this.#expiries = options.expiries;
    this.#placements = options.placements;
    this.#ruleSpread = options.ruleSpread;
    this.#ruleBook = options.ruleBook;
    this.#archive = options.archive;
    this.#delivery = options.delivery;
    // If the store fails during a run, the worker repeats the run, so no number is left out.
    this.#allNumbers = new KeyedWorkers({
      work: async () => {
        await Promise.all([
          this.#expiries.lookAll(),
          this.#placements.wakeAll(),
          this.#recoverSpread(),
          this.#delivery.wakeAll(),
        ]);
        return null;
      },
      onError: (error) => options.log.error({ err: error }, 'the background work of all numbers failed'),
    });
  }

  async start(): Promise<void> {
    await this.#expiries.begin();
    await this.#placements.wakeAll();
    await this.#recoverSpread();
    await this.#delivery.wakeAll();
  }

  /** Wakes all numbers: the clock was moved, the state was replaced, or another process has ended. */
  wakeAll(): Promise<void> {
    return this.#allNumbers.run('all numbers');
  }

  async #recoverSpread(): Promise<void> {
    await this.#ruleSpread.recover(await this.#ruleBook.set());
  }

  async close(): Promise<void> {
    await this.#allNumbers.close();
    await this.#placements.close();
    await this.#ruleSpread.close();
    await this.#archive.close();
    await this.#expiries.close();
    await this.#delivery.close();
  }
}
