import type { BulkRunStore, RunDecision, RunKey } from '@blockhouse/engine';
import type { GroupCommit } from './group-commit.ts';
import type { Statements } from './statements.ts';

/** The bulk runs of the SQLite store. */
export class SqliteBulkRuns implements BulkRunStore {
  readonly #commits: GroupCommit;
  readonly #statements: Statements;

  constructor({ commits, statements }: { commits: GroupCommit; statements: Statements }) {
    this.#commits = commits;
    this.#statements = statements;
  }

  async find({ keyId, id }: RunKey, nowMs: number): Promise<string | null> {
    const [record] = this.#statements.bulkRun.get(keyId, id, nowMs) ?? [];
    return record === undefined ? null : String(record);
  }

  async results({ keyId, id }: RunKey, chunk: number, nowMs: number): Promise<string | null> {
    const [results] = this.#statements.bulkResults.get(keyId, id, chunk, nowMs) ?? [];
    return results === undefined ? null : String(results);
  }

  change<Answer>(
    { keyId, id }: RunKey,
    nowMs: number,
    decide: (record: string | null) => RunDecision<Answer>,
  ): Promise<Answer> {
    const { bulkRun, putBulkRun, putBulkResults, purgeBulkRuns, purgeBulkResults } = this.#statements;
    return this.#commits.run(() => {
      const [before] = bulkRun.get(keyId, id, nowMs) ?? [];
      const { answer, put } = decide(before === undefined ? null : String(before));
      purgeBulkRuns.run(nowMs);
      purgeBulkResults.run(nowMs);
      if (put === null) return answer;
      const { record, results, untilMs } = put;
      putBulkRun.run(keyId, id, record, untilMs);
      if (results !== undefined) putBulkResults.run(keyId, id, results.chunk, results.results, untilMs);
      return answer;
    });
  }
}
