import type { DatabaseSync } from 'node:sqlite';
import { DiskFailure } from './write-health.ts';

interface Job {
  readonly work: () => unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A job that is committed, and waits to be on disk. */
interface Committed {
  readonly job: Job;
  readonly answer: unknown;
}

/**
 * More work than this is committed at once without waiting for the turn to end: the disk then works on it while the rest
 * of what arrived is still being read.
 */
const jobsMax = 16;

/**
 * Commits together what arrives together, and waits for the disk together: work that was handed in during one turn of
 * the event loop shares a transaction, and what was committed while the disk was busy shares the next wait for it.
 * Nothing waits for a timer; a lone piece of work is committed in its own turn. The wait itself happens off the main
 * thread, so that the next requests are read meanwhile.
 */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #sync: () => Promise<void>;
  readonly #beforeCommit: () => void;
  readonly #afterRollback: () => void;
  readonly #onFailure: (error: unknown) => void;
  #jobs: Job[] = [];
  #committed: Committed[] = [];
  #syncing: Promise<void> | null = null;
  #broken: Error | null = null;

  /**
   * @param options.sync makes everything that is committed durable.
   * @param options.beforeCommit writes what the work of a transaction adds up to.
   * @param options.afterRollback mends what work has changed in memory.
   * @param options.onFailure told why work was refused.
   */
  constructor(
    db: DatabaseSync,
    options: {
      sync: () => Promise<void>;
      beforeCommit: () => void;
      afterRollback: () => void;
      onFailure: (error: unknown) => void;
    },
  ) {
    this.#db = db;
    this.#sync = options.sync;
    this.#beforeCommit = options.beforeCommit;
    this.#afterRollback = options.afterRollback;
    this.#onFailure = options.onFailure;
  }

  /** Runs `work` in a transaction; fulfilled with its answer once that is on disk. `work` may run more than once. */
  run<Answer>(work: () => Answer): Promise<Answer> {
    if (this.#broken !== null) return Promise.reject(this.#broken);
    return new Promise<Answer>((resolve, reject) => {
      if (this.#jobs.length === 0) setImmediate(() => this.#flush());
      this.#jobs.push({ work, resolve: resolve as (answer: unknown) => void, reject });
      if (this.#jobs.length >= jobsMax) this.#flush();
    });
  }

  /** Commits everything that waits; fulfilled when it is settled. */
  async drain(): Promise<void> {
    this.#flush();
    await this.#syncing;
  }

  #flush(): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    if (jobs.length > 0 && !this.#commit(jobs) && jobs.length > 1) {
      // One of them failed and took the others with it: each on its own, so that only the failing one is refused.
      for (const job of jobs) this.#commit([job]);
    }
    if (this.#committed.length > 0) this.#syncing ??= this.#syncAll();
  }

  /** Answers whether the jobs are committed; a failure of several together is left to be tried one by one. */
  #commit(jobs: readonly Job[]): boolean {
    const committed: Committed[] = [];
    try {
      this.#db.exec('begin immediate');
      for (const job of jobs) committed.push({ job, answer: job.work() });
      this.#beforeCommit();
      this.#db.exec('commit');
    } catch (error) {
      this.#rollBack();
      if (jobs.length > 1) return false;
      this.#onFailure(error);
      jobs[0]?.reject(error);
      return false;
    }
    this.#committed.push(...committed);
    return true;
  }

  /** One wait for the disk after the other, until nothing is left to wait for. */
  async #syncAll(): Promise<void> {
    while (this.#committed.length > 0) {
      const settled = this.#committed;
      this.#committed = [];
      try {
        // After a failure the disk may answer well again, and what was lost stays lost.
        if (this.#broken === null) await this.#sync();
      } catch (error) {
        // What the disk holds is unknown from now on; only a restart, which reads it, can tell.
        this.#broken = new DiskFailure('the disk refused to keep what was committed; restart the server', {
          cause: error,
        });
        this.#onFailure(this.#broken);
      }
      for (const { job, answer } of settled) {
        if (this.#broken === null) job.resolve(answer);
        else job.reject(this.#broken);
      }
    }
    this.#syncing = null;
  }

  /** SQLite rolls back by itself after some failures, a full disk among them. */
  #rollBack(): void {
    if (this.#db.isTransaction) this.#db.exec('rollback');
    this.#afterRollback();
  }
}
