import { type KeptBatch, type KeptMessages, type KeptQuery, keptPurgeBatch } from '@blockhouse/engine';
import { readKeptBatch } from '../rows.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Statements } from './statements.ts';

/** The messages that the SQLite store keeps. */
export class SqliteKeptMessages implements KeptMessages {
  readonly #commits: GroupCommit;
  readonly #statements: Statements;
  readonly #keyOf: (numberId: string) => number | null;

  constructor(options: {
    commits: GroupCommit;
    statements: Statements;
    keyOf: (numberId: string) => number | null;
  }) {
    this.#commits = options.commits;
    this.#statements = options.statements;
    this.#keyOf = options.keyOf;
  }

  async add(numberId: string, { id, atMs, messages, encrypted }: KeptBatch): Promise<void> {
    await this.#commits.run(() => {
      const key = this.#keyOf(numberId);
      if (key !== null) this.#statements.addKeptBatch.run(key, atMs, id, messages, encrypted);
    });
  }

  async list(numberId: string, { sinceMs, before, count }: KeptQuery): Promise<KeptBatch[]> {
    const { atMs, id } = before ?? { atMs: Number.MAX_SAFE_INTEGER, id: '' };
    const key = this.#keyOf(numberId);
    return this.#statements.keptBatches.all(key, sinceMs, atMs, id, count).map(readKeptBatch);
  }

  async purge(numberId: string, beforeMs: number): Promise<number> {
    return this.#commits.run(() =>
      Number(this.#statements.purgeKeptBatches.run(this.#keyOf(numberId), beforeMs, keptPurgeBatch).changes),
    );
  }
}
