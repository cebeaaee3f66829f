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
import type { GroupCommit } from './group-commit.ts';
import type { Statements } from './statements.ts';

/** The outbox of the SQLite store. */
export class SqliteOutbox implements Outbox {
  readonly #commits: GroupCommit;
  readonly #statements: Statements;
  readonly #keyOf: (numberId: string) => number | null;

  /** @param options.keyOf the integer that stands for a number; null: the number is gone, and its webhooks with it. */
  constructor(options: {
    commits: GroupCommit;
    statements: Statements;
    keyOf: (numberId: string) => number | null;
  }) {
    this.#commits = options.commits;
    this.#statements = options.statements;
    this.#keyOf = options.keyOf;
  }

  async due(numberId: string, nowMs: number, count: number): Promise<Webhook[]> {
    const key = this.#keyOf(numberId);
    return key === null ? [] : this.#statements.dueWebhooks.all(key, nowMs, count).map(readWebhook(numberId));
  }

  async nextDueMs(numberId: string): Promise<number | null> {
    const key = this.#keyOf(numberId);
    const [dueAtMs] = key === null ? [] : (this.#statements.nextWebhookDue.get(key) ?? []);
    return dueAtMs === undefined ? null : Number(dueAtMs);
  }

  async recordAttempt(numberId: string, entry: number, outcome: DeliveryOutcome): Promise<void> {
    // If the number is gone, so are its webhooks.
    if (this.#keyOf(numberId) === null) return;
    try {
      await this.#commits.runInBatch(numberId, { subjects: { users: [] }, entry }, (batch) =>
        batch.recordAttempt(entry, outcome),
      );
    } catch (error) {
      if (!(error instanceof NumberUnknown)) throw error;
    }
  }

  async list(numberId: string, { afterEntry, waId, state, count }: WebhookFilter): Promise<Webhook[]> {
    const key = this.#keyOf(numberId);
    if (key === null) return [];
    const { listWebhooks, webhooksSliceEnd } = this.#statements;
    const read = (from: number, to: number, atMost: number) =>
      listWebhooks.all(key, from, to, waId, state, atMost).map(readWebhook(numberId));
    if (waId === null && state === null) return read(afterEntry + 1, neverEnds, count);
    const cut = slices(afterEntry + 1, {
      endOf: (from) => (webhooksSliceEnd.get(key, from) ?? []).map(Number)[0] ?? null,
      next: (to) => to + 1,
    });
    return await readSlices(cut, count, ({ from, to }, left) => read(from, to ?? neverEnds, left));
  }

  async latestTried(numberId: string, waId: WaId): Promise<Webhook | null> {
    const key = this.#keyOf(numberId);
    const row = key === null ? undefined : this.#statements.latestTriedWebhook.get(key, waId);
    return row === undefined ? null : readWebhook(numberId)(row);
  }

  async redeliver(numberId: string, entry: number, atMs: number): Promise<boolean> {
    return this.#commits.run(() => {
      const key = this.#keyOf(numberId);
      const webhook = key === null ? null : this.#find(numberId, key, entry);
      if (key === null || webhook === null) return false;
      if (this.#statements.redeliverWebhook.run(key, entry, atMs).changes > 0) {
        this.#statements.holdBackWebhooks.run(key, webhook.waId, entry);
      }
      return true;
    });
  }

  async reviews(numberId: string, { afterEntry, count }: ReviewFilter): Promise<ReviewItem[]> {
    const key = this.#keyOf(numberId);
    return key === null ? [] : this.#statements.reviews.all(key, afterEntry, count).map(readReview(numberId));
  }

  async isHeld(numberId: string, waId: WaId): Promise<boolean> {
    const key = this.#keyOf(numberId);
    return key !== null && this.#statements.heldWebhook.get(key, waId) !== undefined;
  }

  async reviewCount(numberId: string): Promise<number> {
    const key = this.#keyOf(numberId);
    return key === null ? 0 : Number(this.#statements.reviewCount.get(key)?.[0]);
  }

  async decideReview(
    numberId: string,
    entry: number,
    { decision, atMs }: ReviewVerdict,
  ): Promise<ReviewItem | null> {
    return this.#commits.run(() => {
      const key = this.#keyOf(numberId);
      const row = key === null ? undefined : this.#statements.review.get(key, entry);
      if (key === null || row === undefined) return null;
      const item = readReview(numberId)(row);
      const { releaseReview, discardReview, approveReview, promoteWebhook, holdBackWebhooks } =
        this.#statements;
      const { waId } = item.webhook;
      const effect = effectsOf(item)[decision];
      if (effect === 'release') {
        releaseReview.run(key, entry, atMs);
        holdBackWebhooks.run(key, waId, entry);
      } else if (effect === 'approve') approveReview.run(key, entry, atMs);
      else {
        discardReview.run(key, entry, atMs);
        promoteWebhook.run(key, waId, atMs);
      }
      return item;
    });
  }

  async makeDueNow(numberId: string, nowMs: number): Promise<void> {
    await this.#commits.run(() => {
      const key = this.#keyOf(numberId);
      if (key !== null) this.#statements.makeWebhooksDue.run(nowMs, key, nowMs);
    });
  }

  #find(numberId: string, key: number, entry: number): Webhook | null {
    const row = this.#statements.webhook.get(key, entry);
    return row === undefined ? null : readWebhook(numberId)(row);
  }
}
