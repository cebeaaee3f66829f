import type { DatabaseSync } from 'node:sqlite';

interface Job {
  readonly work: () => unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits together what arrives together: a commit costs one wait for the disk, so work that was handed in during
 * one turn of the event loop shares it. Nothing waits for a timer; a lone piece of work is committed in its own turn.
 */
export class GroupCommit {
  readonly #db: DatabaseSync;
  #jobs: Job[] = [];

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Runs `work` in a transaction; fulfilled with its answer once that is on disk. `work` may run more than once. */
  run<Answer>(work: () => Answer): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      if (this.#jobs.length === 0) setImmediate(() => this.flush());
      this.#jobs.push({ work, resolve: resolve as (answer: unknown) => void, reject });
    });
  }

  /** Commits everything that waits. */
  flush(): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    if (jobs.length === 0 || this.#commit(jobs) || jobs.length === 1) return;
    // One of them failed and took the others with it: each on its own, so that only the failing one is refused.
    for (const job of jobs) this.#commit([job]);
  }

  /** Answers whether the jobs are settled; a failure of several together is left to be tried one by one. */
  #commit(jobs: readonly Job[]): boolean {
    const answers: unknown[] = [];
    try {
      this.#db.exec('begin immediate');
      for (const { work } of jobs) answers.push(work());
      this.#db.exec('commit');
    } catch (error) {
      this.#rollBack();
      if (jobs.length === 1) jobs[0]?.reject(error);
      return false;
    }
    jobs.forEach(({ resolve }, index) => {
      resolve(answers[index]);
    });
    return true;
  }

  /** SQLite rolls back by itself after some failures, a full disk among them. */
  #rollBack(): void {
    if (this.#db.isTransaction) this.#db.exec('rollback');
  }
}
