import type { BulkRunStore, RunDecision, RunKey } from '@blockhouse/engine';
import type { Database } from './database.ts';
import { statements } from './statements.ts';
import { storable } from './storable.ts';

/** The bulk runs of the PostgreSQL store. */
export class PostgresBulkRuns implements BulkRunStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find({ keyId, id }: RunKey, nowMs: number): Promise<string | null> {
    const [row] = await this.#database.read(statements.bulkRun, [keyId, id, nowMs]);
    return row === undefined ? null : String(row[0]);
  }

  async results({ keyId, id }: RunKey, chunk: number, nowMs: number): Promise<string | null> {
    const [row] = await this.#database.read(statements.bulkResults, [keyId, id, chunk, nowMs]);
    return row === undefined ? null : String(row[0]);
  }

  async change<Answer>(
    { keyId, id }: RunKey,
    nowMs: number,
    decide: (record: string | null) => RunDecision<Answer>,
  ): Promise<Answer> {
    await this.#database.write(statements.purgeBulkRuns, [nowMs]);
    await this.#database.write(statements.purgeBulkResults, [nowMs]);
    return await this.#database.serialized(`run ${keyId} ${id}`, async (ask) => {
      const [row] = await ask(statements.bulkRun, [keyId, id, nowMs]);
      const { answer, put } = decide(row === undefined ? null : String(row[0]));
      if (put === null) return answer;
      const { record, results, untilMs } = put;
      ask(statements.putBulkRun, [keyId, id, storable(record), untilMs]);
      if (results !== undefined)
        ask(statements.putBulkResults, [keyId, id, results.chunk, storable(results.results), untilMs]);
      return answer;
    });
  }
}
