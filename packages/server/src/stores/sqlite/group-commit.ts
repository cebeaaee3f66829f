import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { NumberUnknown, type Subjects } from '@blockhouse/engine';
import type { ChangeBatch } from '../change-batch.ts';
import { DiskFailure } from './write-health.ts';

/** A change of one number, or an attempt at one of its webhooks: part of the number's batch. */
interface BatchJob {
  readonly numberId: string;
  readonly subjects: Subjects;
  /** The webhook whose attempt it records, if any. */
  readonly entry: number | null;
  readonly work: (batch: ChangeBatch) => unknown;
}

/** Everything else that is written, such as keys and settings. */
interface OtherJob {
  readonly numberId: null;
  readonly work: () => unknown;
}

type Job = (BatchJob | OtherJob) & {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
};

/** A job that is committed, and waits to be on disk. */
interface Committed {
  readonly job: Job;
  readonly answer: unknown;
}

/** A batch of one number, and what writes its rows. */
export interface OpenBatch {
  readonly batch: ChangeBatch;
  /** Writes the rows of the batch. Answers whether there were any. */
  readonly write: () => boolean;
}

/** The users, messages and webhooks that the jobs of a number's batch need. */
export interface BatchSubjects {
  readonly subjects: readonly Subjects[];
  readonly entries: readonly number[];
}

/** More jobs than this are committed while the disk still works. Then they wait for it together with what is committed after them. */
const jobsMax = 64;

/**
 * Turns of the event loop in which jobs gather after a wait for the disk, while the answers go out and their clients send the next
 * requests. A wait costs far more than a turn, and a lone job is not behind any.
 */
const gatheringTurns = 3;

/**
 * Commits together what arrives together, and waits for the disk together. Jobs that were handed in during one turn of the event loop,
 * or while the disk was busy, share a transaction. Within it, changes of one number are one batch. Nothing waits for a timer: a lone
 * job is committed in its own turn. The wait for the disk is off the main thread.
 *
 * A job that changes nothing does not wait for the disk, except for what it may have read: changes that are committed and not yet on
 * disk.
 */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commitStatement: StatementSync;
  readonly #sync: () => Promise<void>;
  readonly #openBatch: (numberId: string, wanted: BatchSubjects) => OpenBatch | null;
  readonly #afterRollback: () => void;
  readonly #onFailure: (error: unknown) => void;
  #jobs: Job[] = [];
  #isScheduled = false;
  /** Committed since the disk began to work. */
  #unsynced: Committed[] = [];
  /** The jobs that the disk is working on. */
  #syncing: Committed[] | null = null;
  /** From the first wait for the disk until nothing is left to wait for. */
  #isBusy = false;
  #idle: Promise<void> = Promise.resolve();
  #broken: Error | null = null;

  /**
   * @param options.sync makes everything that is committed durable.
   * @param options.openBatch reads what a number's jobs ask for; null: the number is gone.
   * @param options.afterRollback restores what work has changed in memory.
   * @param options.onFailure receives why work was refused.
   */
  constructor(
    db: DatabaseSync,
    options: {
      sync: () => Promise<void>;
      openBatch: (numberId: string, wanted: BatchSubjects) => OpenBatch | null;
      afterRollback: () => void;
      onFailure: (error: unknown) => void;
    },
  ) {
    this.#db = db;
    this.#begin = db.prepare('begin immediate');
    this.#commitStatement = db.prepare('commit');
    this.#sync = options.sync;
    this.#openBatch = options.openBatch;
    this.#afterRollback = options.afterRollback;
    this.#onFailure = options.onFailure;
  }

  /** Runs `work` in a transaction. Fulfilled with its answer once that is on disk. `work` may run more than once. */
  run<Answer>(work: () => Answer): Promise<Answer> {
    return this.#enqueue({ numberId: null, work });
  }

  /** Runs `work` on the number's next batch. Fulfilled with its answer once the batch is on disk. `work` may run more than once. */
  runInBatch<Answer>(
    numberId: string,
    { subjects, entry = null }: { readonly subjects: Subjects; readonly entry?: number | null },
    work: (batch: ChangeBatch) => Answer,
  ): Promise<Answer> {
    return this.#enqueue({ numberId, subjects, entry, work });
  }

  /** Commits everything that waits. Fulfilled when it is settled. */
  async drain(): Promise<void> {
    this.#flush();
    await this.#idle;
  }

  #enqueue<Answer>(
    job: (BatchJob & { work: (batch: ChangeBatch) => Answer }) | (OtherJob & { work: () => Answer }),
  ): Promise<Answer> {
    if (this.#broken !== null) return Promise.reject(this.#broken);
    return new Promise<Answer>((resolve, reject) => {
      this.#jobs.push({ ...job, resolve: resolve as (answer: unknown) => void, reject });
      if (this.#jobs.length >= jobsMax) this.#flush();
      else if (!this.#isBusy) this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    this.#commitAll();
    if (this.#unsynced.length > 0 && !this.#isBusy) this.#idle = this.#syncAll();
  }

  #commitAll(): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    if (this.#broken !== null) for (const { reject } of jobs) reject(this.#broken);
    // If one of them fails and takes the others with it, each is tried on its own, so that only the failing one is refused.
    else if (jobs.length > 0 && !this.#commit(jobs) && jobs.length > 1)
      for (const job of jobs) this.#commit([job]);
  }

  /** Answers whether the jobs are committed. If several fail together, they are left to be tried one by one. */
  #commit(jobs: readonly Job[]): boolean {
    const done: Committed[] = [];
    const refused: { readonly job: Job; readonly error: unknown }[] = [];
    let isWritten = false;
    try {
      this.#begin.run();
      for (const run of runsOf(jobs)) {
        if (run.numberId === null) {
          done.push({ job: run.job, answer: run.job.work() });
          isWritten = true;
        } else if (this.#runBatch(run.numberId, run.jobs, { done, refused })) isWritten = true;
      }
      this.#commitStatement.run();
    } catch (error) {
      this.#rollBack();
      if (jobs.length > 1) return false;
      this.#onFailure(error);
      jobs[0]?.reject(error);
      return false;
    }
    for (const { job, error } of refused) job.reject(error);
    if (isWritten) this.#unsynced.push(...done);
    else this.#settleUnchanged(done);
    return true;
  }

  /** Answers whether anything was written. A job whose decision throws is refused alone: nothing of it is in the batch. */
  #runBatch(
    numberId: string,
    jobs: readonly (Job & BatchJob)[],
    { done, refused }: { done: Committed[]; refused: { job: Job; error: unknown }[] },
  ): boolean {
    const opened = this.#openBatch(numberId, {
      subjects: jobs.map(({ subjects }) => subjects),
      entries: jobs.flatMap(({ entry }) => (entry === null ? [] : [entry])),
    });
    if (opened === null) {
      for (const job of jobs) refused.push({ job, error: new NumberUnknown(numberId) });
      return false;
    }
    const { batch, write } = opened;
    for (const job of jobs) {
      try {
        done.push({ job, answer: job.work(batch) });
      } catch (error) {
        refused.push({ job, error });
      }
    }
    return write();
  }

  /** These jobs may have read changes that are committed and not on disk yet: then they wait for them. */
  #settleUnchanged(done: readonly Committed[]): void {
    const behind = this.#unsynced.length > 0 ? this.#unsynced : this.#syncing;
    if (behind !== null) behind.push(...done);
    else for (const { job, answer } of done) job.resolve(answer);
  }

  /** One wait for the disk after the other, until nothing is left to wait for. */
  async #syncAll(): Promise<void> {
    this.#isBusy = true;
    while (this.#unsynced.length > 0) {
      const waiting = this.#unsynced;
      this.#syncing = waiting;
      this.#unsynced = [];
      try {
        // After a failure the disk may answer well again, and what was lost stays lost.
        if (this.#broken === null) await this.#sync();
      } catch (error) {
        // The content of the disk is unknown from now on. Only a restart, which reads it, can tell.
        this.#broken = new DiskFailure('the disk refused to keep what was committed; restart the server', {
          cause: error,
        });
        this.#onFailure(this.#broken);
      }
      this.#syncing = null;
      for (const { job, answer } of waiting) {
        if (this.#broken === null) job.resolve(answer);
        else job.reject(this.#broken);
      }
      for (let turn = 0; turn < gatheringTurns && this.#jobs.length < jobsMax; turn++) await nextTurn();
      this.#commitAll();
    }
    this.#isBusy = false;
  }

  /** SQLite rolls back by itself after some failures, a full disk among them. */
  #rollBack(): void {
    if (this.#db.isTransaction) this.#db.exec('rollback');
    this.#afterRollback();
  }
}

type Run =
  | { readonly numberId: string; readonly jobs: (Job & BatchJob)[] }
  | { readonly numberId: null; readonly job: Job & OtherJob };

/** The jobs in the order in which they run: changes of a number together, unless another job has to see them or be seen by them. */
function runsOf(jobs: readonly Job[]): readonly Run[] {
  const runs: Run[] = [];
  let open = new Map<string, (Job & BatchJob)[]>();
  for (const job of jobs) {
    if (job.numberId === null) {
      runs.push({ numberId: null, job });
      open = new Map();
      continue;
    }
    const batch = open.get(job.numberId);
    if (batch !== undefined) batch.push(job);
    else {
      const jobsOfNumber = [job];
      open.set(job.numberId, jobsOfNumber);
      runs.push({ numberId: job.numberId, jobs: jobsOfNumber });
    }
  }
  return runs;
}
