import { type KeptBatch, type KeptMessages, type KeptQuery, keptPurgeBatch } from '@blockhouse/engine';
import { readKeptBatch } from '../rows.ts';
import type { Database } from './database.ts';
import { statements } from './statements.ts';

/** The messages that the PostgreSQL store keeps. */
export class PostgresKeptMessages implements KeptMessages {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(numberId: string, { id, atMs, messages, encrypted }: KeptBatch): Promise<void> {
    await this.#database.write(statements.addKeptBatch, [numberId, atMs, id, messages, encrypted]);
  }

  async list(numberId: string, { sinceMs, before, count }: KeptQuery): Promise<KeptBatch[]> {
    const { atMs, id } = before ?? { atMs: Number.MAX_SAFE_INTEGER, id: '' };
    const rows = await this.#database.read(statements.keptBatches, [numberId, sinceMs, atMs, id, count]);
    return rows.map(readKeptBatch);
  }

  async purge(numberId: string, beforeMs: number): Promise<number> {
    const [row] = await this.#database.write(statements.purgeKeptBatches, [
      numberId,
      beforeMs,
      keptPurgeBatch,
    ]);
    return Number(row?.[0]);
  }
}
