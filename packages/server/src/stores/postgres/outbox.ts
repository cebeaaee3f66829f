import {
  type DeliveryOutcome,
  NumberUnknown,
  neverEnds,
  type Outbox,
  type ReviewFilter,
  type ReviewItem,
  type ReviewVerdict,
  type WaId,
  type Webhook,
  type WebhookFilter,
} from '@blockhouse/engine';
import { effectsOf } from '../review-effects.ts';
import { readReview, readWebhook } from '../rows.ts';
import { readSlices, slices } from '../slices.ts';
import type { Ask } from './connections.ts';
import type { Database } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Workers } from './heartbeat.ts';
import { statements } from './statements.ts';

/**
 * The outbox of the PostgreSQL store. A webhook that is due belongs to the process that has taken it, until it is settled
 * or that process is gone; so it leaves once, however many processes look.
 */
export class PostgresOutbox implements Outbox {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #workers: Pick<Workers, 'id' | 'dead'>;

  constructor(options: { database: Database; commits: GroupCommit; workers: Pick<Workers, 'id' | 'dead'> }) {
    this.#database = options.database;
    this.#commits = options.commits;
    this.#workers = options.workers;
  }

  async due(numberId: string, nowMs: number, count: number): Promise<Webhook[]> {
    const { id, dead } = this.#workers;
    const taking = [numberId, nowMs, count, id, dead];
    const rows = this.#database.connections.isCluster
      ? await this.#database.onNumber(numberId, (ask) => ask(statements.takeWebhooks, taking))
      : await this.#database.write(statements.takeWebhooks, taking);
    const dueAtMs = (row: readonly unknown[]) => row.at(-1) as number;
    const entry = ([first]: readonly unknown[]) => first as number;
    return rows.toSorted((a, b) => dueAtMs(a) - dueAtMs(b) || entry(a) - entry(b)).map(readWebhook(numberId));
  }

  async nextDueMs(numberId: string): Promise<number | null> {
    const [row] = await this.#database.read(statements.nextWebhookDue, [numberId]);
    return (row?.[0] ?? null) as number | null;
  }

  async recordAttempt(numberId: string, entry: number, outcome: DeliveryOutcome): Promise<void> {
    try {
      await this.#commits.recordAttempt(numberId, entry, outcome);
    } catch (error) {
      // The number is gone, and its webhooks with it.
      if (!(error instanceof NumberUnknown)) throw error;
    }
  }

  async list(numberId: string, { afterEntry, waId, state, count }: WebhookFilter): Promise<Webhook[]> {
    const read = async (from: number, to: number, atMost: number) => {
      const rows = await this.#database.read(statements.listWebhooks, [
        numberId,
        from,
        to,
        waId,
        state,
        atMost,
      ]);
      return rows.map(readWebhook(numberId));
    };
    if (waId === null && state === null) return await read(afterEntry + 1, neverEnds, count);
    const cut = slices(afterEntry + 1, {
      endOf: async (from) => {
        const [end] = await this.#database.read(statements.webhooksSliceEnd, [numberId, from]);
        return end === undefined ? null : Number(end[0]);
      },
      next: (to) => to + 1,
    });
    return await readSlices(cut, count, ({ from, to }, left) => read(from, to ?? neverEnds, left));
  }

  async latestTried(numberId: string, waId: WaId): Promise<Webhook | null> {
    const [row] = await this.#database.read(statements.latestTriedWebhook, [numberId, waId]);
    return row === undefined ? null : readWebhook(numberId)(row);
  }

  redeliver(numberId: string, entry: number, atMs: number): Promise<boolean> {
    return this.#locked(numberId, async (ask) => {
      const [known] = await ask(statements.webhooks, [numberId, [entry]]);
      if (known === undefined) return false;
      const [sentAgain] = await ask(statements.redeliverWebhook, [numberId, [entry], atMs]);
      if (sentAgain !== undefined) await ask(statements.holdBackWebhooks, [numberId, sentAgain[0], entry]);
      return true;
    });
  }

  async reviews(numberId: string, { afterEntry, count }: ReviewFilter): Promise<ReviewItem[]> {
    const rows = await this.#database.read(statements.reviews, [numberId, afterEntry, count]);
    return rows.map(readReview(numberId));
  }

  async isHeld(numberId: string, waId: WaId): Promise<boolean> {
    return (await this.#database.read(statements.heldWebhook, [numberId, waId])).length > 0;
  }

  async reviewCount(numberId: string): Promise<number> {
    const [row] = await this.#database.read(statements.reviewCount, [numberId]);
    return Number(row?.[0]);
  }

  decideReview(
    numberId: string,
    entry: number,
    { decision, atMs }: ReviewVerdict,
  ): Promise<ReviewItem | null> {
    return this.#locked(numberId, async (ask) => {
      const [row] = await ask(statements.review, [numberId, entry]);
      if (row === undefined) return null;
      const item = readReview(numberId)(row);
      const { waId } = item.webhook;
      const effect = effectsOf(item)[decision];
      if (effect === 'release') {
        await ask(statements.releaseReview, [numberId, entry, atMs]);
        await ask(statements.holdBackWebhooks, [numberId, waId, entry]);
      } else if (effect === 'approve') await ask(statements.approveReview, [numberId, entry, atMs]);
      else {
        await ask(statements.discardReview, [numberId, entry, atMs]);
        await ask(statements.promoteWebhooks, [numberId, [waId], [atMs]]);
      }
      return item;
    });
  }

  async makeDueNow(numberId: string, nowMs: number): Promise<void> {
    await this.#locked(numberId, (ask) => ask(statements.makeWebhooksDue, [numberId, nowMs]));
  }

  /** A change of the order of a user's webhooks holds the lock. To repeat it does no harm. */
  #locked<Answer>(numberId: string, work: (ask: Ask) => Promise<Answer>): Promise<Answer> {
    return this.#database.onNumber(numberId, async (ask) => {
      await ask(statements.lockList, [numberId, this.#workers.id]);
      return await work(ask);
    });
  }
}
