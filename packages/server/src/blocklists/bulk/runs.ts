import { randomUUID } from 'node:crypto';
import { type Clock, type RunKey, realClock, type Store } from '@blockhouse/engine';
import type { FastifyBaseLogger } from 'fastify';
import type { BulkResult } from './results.ts';
import { type RunClaim, type RunRecord, readResults, readRun, writeResults, writeRun } from './run-record.ts';

/** How runs may be named. */
export const runIdForm = /^[\x21-\x7e]{1,200}$/;

/** The start of a run. */
type Asked = Pick<RunRecord, 'id' | 'operation' | 'requestHash' | 'total' | 'startedAtMs'>;

/** The name of a run stands for another request, or another caller is working on the run. */
export class RunConflict extends Error {
  override readonly name = 'RunConflict';
}

/** How often an owner renews its claim, and after which silence the claim has lapsed, in milliseconds. */
const heartbeatMs = 5_000;
const silenceMaxMs = 30_000;

/** Runs are kept for a day, as webhooks are. */
const runLifeMs = 24 * 60 * 60 * 1000;

/**
 * The records of bulk runs, and the claims on them: of all callers in all processes that name the same run, one works
 * on it. Every write of an owner checks the claim in the same transaction, so an owner that lost its claim writes
 * nothing more.
 */
export class BulkRuns {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #realClock: Clock;
  readonly #log: FastifyBaseLogger;
  readonly #process = randomUUID();
  readonly #owners = new Set<string>();

  /** @param options.realClock measures how old a claim is, also where the sandbox's clock is moved. */
  constructor(options: { store: Store; clock: Clock; log: FastifyBaseLogger; realClock?: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#realClock = options.realClock ?? realClock;
  }

  /** The record of a run; null: there is none. */
  async find(key: RunKey): Promise<RunRecord | null> {
    const record = await this.#store.bulkRuns.find(key, this.#clock());
    const run = record === null ? null : readRun(record);
    // The owner has died.
    return run?.state === 'running' && !this.#isHeld(run) ? { ...run, state: 'stopped' } : run;
  }

  /**
   * Takes a run for a new owner, and makes its record where there is none.
   * @throws RunConflict when the run was asked for with another request, or has an owner that is alive.
   */
  async claim(key: RunKey, request: Asked): Promise<{ readonly owner: string; readonly run: RunRecord }> {
    const owner = randomUUID();
    this.#owners.add(owner);
    const claim = this.#claimOf(owner);
    try {
      const run = await this.#change(key, (before) => {
        if (before !== null && before.requestHash !== request.requestHash)
          throw new RunConflict(
            `run "${request.id}" belongs to a request with other content; name this request differently`,
          );
        if (before !== null && before.claim?.owner !== owner && this.#isHeld(before))
          throw new RunConflict(`run "${request.id}" is still running`);
        const run = before ?? this.#fresh(request);
        return { ...run, state: run.state === 'done' ? 'done' : 'running', claim };
      });
      return { owner, run };
    } catch (error) {
      this.#owners.delete(owner);
      throw error;
    }
  }

  /** Renews a claim in the background until what it answers is called. */
  keepAlive(key: RunKey, owner: string): () => void {
    const renew = () => {
      const claim = this.#claimOf(owner);
      return this.#change(key, (run) => (run?.claim?.owner === owner ? { ...run, claim } : null));
    };
    const timer = setInterval(() => {
      renew().catch((error: unknown) => {
        // The next write of the owner finds out whether the claim still holds.
        this.#log.warn({ err: error }, 'the claim on a bulk run could not be renewed');
      });
    }, heartbeatMs).unref();
    return () => clearInterval(timer);
  }

  /**
   * Keeps how far a run is, with the results of a chunk if there are any, and renews the claim.
   * @throws RunConflict when another owner has taken the run over.
   */
  async keep(
    key: RunKey,
    owner: string,
    run: RunRecord,
    chunk?: { readonly index: number; readonly results: readonly BulkResult[] },
  ): Promise<void> {
    const claim = this.#claimOf(owner);
    const decide = (before: RunRecord | null) => {
      // A record that is gone was removed by a reset or a moved clock. No other owner has it.
      if (before !== null && before.claim?.owner !== owner)
        throw new RunConflict(
          'another caller has taken over this run, because this one did not respond for too long',
        );
      return { ...run, claim };
    };
    await this.#change(key, decide, chunk);
  }

  /** The results of a chunk that is done; null: they are not kept. */
  async results(key: RunKey, index: number): Promise<readonly BulkResult[] | null> {
    const text = await this.#store.bulkRuns.results(key, index, this.#clock());
    return text === null ? null : readResults(text);
  }

  /**
   * Gives a claim back; a run that is not done has stopped. A store that does not answer lets the claim lapse
   * instead.
   */
  async release(key: RunKey, owner: string): Promise<void> {
    this.#owners.delete(owner);
    try {
      await this.#change(key, (run) => {
        if (run?.claim?.owner !== owner) return null;
        return { ...run, claim: null, state: run.state === 'running' ? 'stopped' : run.state };
      });
    } catch (error) {
      this.#log.error({ err: error }, 'the end of a bulk run could not be kept');
    }
  }

  /** @param decide answers the run as it is to be kept; null: as it is. */
  async #change<Kept extends RunRecord | null>(
    key: RunKey,
    decide: (before: RunRecord | null) => Kept,
    chunk?: { readonly index: number; readonly results: readonly BulkResult[] },
  ): Promise<Kept> {
    const nowMs = this.#clock();
    return await this.#store.bulkRuns.change(key, nowMs, (record) => {
      const kept = decide(record === null ? null : readRun(record));
      if (kept === null) return { answer: kept, put: null };
      const run = { ...kept, updatedAtMs: nowMs };
      const results = chunk && { chunk: chunk.index, results: writeResults(chunk.results) };
      return {
        answer: run,
        put: { record: writeRun(run), untilMs: run.keptUntilMs, ...(results && { results }) },
      };
    });
  }

  #fresh(request: Asked): RunRecord {
    const nowMs = this.#clock();
    return {
      ...request,
      state: 'running',
      updatedAtMs: nowMs,
      done: 0,
      counts: {},
      chunks: [],
      keptUntilMs: nowMs + runLifeMs,
      claim: null,
    };
  }

  #claimOf(owner: string): RunClaim {
    return { process: this.#process, owner, heartbeatMs: this.#realClock() };
  }

  /** A process knows which of its own owners are alive. It knows the last renewal of all others. */
  #isHeld({ claim }: RunRecord): boolean {
    if (claim === null) return false;
    if (claim.process === this.#process) return this.#owners.has(claim.owner);
    return this.#store.shared && this.#realClock() - claim.heartbeatMs < silenceMaxMs;
  }
}
