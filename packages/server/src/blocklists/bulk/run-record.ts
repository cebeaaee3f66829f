import { randomUUID } from 'node:crypto';
import { type Clock, type Operation, realClock, type Store } from '@blockhouse/engine';
import type { FastifyBaseLogger } from 'fastify';
import type { BulkCounts, BulkResult } from './results.ts';

/** The record of a run, kept for a day: its progress, and how it ended. */
export interface RunRecord {
  readonly id: string;
  readonly operation: Operation;
  /** A hash of the request: the same name must not stand for another one. */
  readonly request_hash: string;
  readonly state: 'running' | 'done' | 'stopped';
  readonly started_at: string;
  readonly updated_at: string;
  readonly total: number;
  readonly done: number;
  readonly counts: BulkCounts;
  /** Which requests of at most 1,000 users are done, by their places. */
  readonly chunks: readonly number[];
  /** Until when the run, and the results of it, are kept. */
  readonly kept_until: string;
  /** The owner that works on it now; null: none. */
  readonly claim: RunClaim | null;
}

/** The start of a run. */
type Asked = Pick<RunRecord, 'id' | 'operation' | 'request_hash' | 'total' | 'started_at'>;

/** The right to work on a run. It lapses when its owner has not renewed it for a while. */
interface RunClaim {
  readonly process: string;
  readonly owner: string;
  /** When the owner was last alive, in milliseconds since 1970, by the real clock. */
  readonly heartbeat_ms: number;
}

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
 * The records of bulk runs, and the claims on them: of all callers in all processes that name the same run, one works on it.
 * Every write of an owner checks the claim in the same transaction, so an owner that lost its claim writes nothing more.
 */
export class BulkRuns {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #realClock: Clock;
  readonly #log: FastifyBaseLogger;
  readonly #process = randomUUID();
  readonly #owners = new Set<string>();

  /** @param options.realClock tells how old a claim is, also where the sandbox's clock is moved. */
  constructor(options: { store: Store; clock: Clock; log: FastifyBaseLogger; realClock?: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#realClock = options.realClock ?? realClock;
  }

  /** The record of a run; null: there is none. */
  async find(name: string): Promise<RunRecord | null> {
    const run = read(await this.#store.record(name, this.#clock()));
    // The owner has died.
    return run?.state === 'running' && !this.#isHeld(run) ? { ...run, state: 'stopped' } : run;
  }

  /**
   * Takes a run for a new owner, and makes its record where there is none.
   * @throws RunConflict when the run was asked for with another request, or has an owner that is alive.
   */
  async claim(name: string, request: Asked): Promise<{ readonly owner: string; readonly run: RunRecord }> {
    const owner = randomUUID();
    this.#owners.add(owner);
    const claim = this.#claimOf(owner);
    try {
      const run = await this.#change(name, (before) => {
        if (before !== null && before.request_hash !== request.request_hash)
          throw new RunConflict(
            `"${request.id}" was the name of another request; give this one a name of its own`,
          );
        if (before !== null && before.claim?.owner !== owner && this.#isHeld(before))
          throw new RunConflict(`run "${request.id}" is being worked on`);
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
  keepAlive(name: string, owner: string): () => void {
    const renew = () => {
      const claim = this.#claimOf(owner);
      return this.#change(name, (run) => (run?.claim?.owner === owner ? { ...run, claim } : null));
    };
    const timer = setInterval(() => {
      renew().catch((error: unknown) => {
        // The next write of the owner finds out what became of the claim.
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
    name: string,
    owner: string,
    run: RunRecord,
    chunk?: { readonly index: number; readonly results: readonly BulkResult[] },
  ): Promise<void> {
    const claim = this.#claimOf(owner);
    const decide = (before: RunRecord | null) => {
      // A record that is gone has been forgotten, by a reset or a moved clock; no other owner has it.
      if (before !== null && before.claim?.owner !== owner)
        throw new RunConflict(
          'another caller has taken this run over, since this one was silent for too long',
        );
      return { ...run, claim };
    };
    const results = chunk && { name: chunkName(name, chunk.index), value: JSON.stringify(chunk.results) };
    await this.#change(name, decide, results);
  }

  /** The results of a chunk that is done; null: they are not kept. */
  async results(name: string, index: number): Promise<readonly BulkResult[] | null> {
    const text = await this.#store.record(chunkName(name, index), this.#clock());
    return text === null ? null : (JSON.parse(text) as BulkResult[]);
  }

  /** Gives a claim back; a run that is not done has stopped. A store that does not answer lets the claim lapse instead. */
  async release(name: string, owner: string): Promise<void> {
    this.#owners.delete(owner);
    try {
      await this.#change(name, (run) => {
        if (run?.claim?.owner !== owner) return null;
        return { ...run, claim: null, state: run.state === 'running' ? 'stopped' : run.state };
      });
    } catch (error) {
      this.#log.error({ err: error }, 'the end of a bulk run could not be kept');
    }
  }

  /** @param decide answers the run as it is to be kept; null: as it is. */
  async #change<Kept extends RunRecord | null>(
    name: string,
    decide: (before: RunRecord | null) => Kept,
    results?: { readonly name: string; readonly value: string },
  ): Promise<Kept> {
    const nowMs = this.#clock();
    return await this.#store.changeRecords([name], nowMs, (records) => {
      const kept = decide(read(records.get(name) ?? null));
      if (kept === null) return { answer: kept, put: [] };
      const run = { ...kept, updated_at: new Date(nowMs).toISOString() };
      const untilMs = Date.parse(run.kept_until);
      const put = [{ name, value: JSON.stringify(run) }, ...(results === undefined ? [] : [results])];
      return { answer: run, put: put.map((record) => ({ ...record, untilMs })) };
    });
  }

  #fresh(request: Asked): RunRecord {
    const nowMs = this.#clock();
    return {
      ...request,
      state: 'running',
      updated_at: new Date(nowMs).toISOString(),
      done: 0,
      counts: {},
      chunks: [],
      kept_until: new Date(nowMs + runLifeMs).toISOString(),
      claim: null,
    };
  }

  #claimOf(owner: string): RunClaim {
    return { process: this.#process, owner, heartbeat_ms: this.#realClock() };
  }

  /** Of its own owners a process knows best who is alive; of others it knows when they last said so. */
  #isHeld({ claim }: RunRecord): boolean {
    if (claim === null) return false;
    if (claim.process === this.#process) return this.#owners.has(claim.owner);
    return this.#store.shared && this.#realClock() - claim.heartbeat_ms < silenceMaxMs;
  }
}

/** Records that an earlier version has kept hold no claim. */
function read(text: string | null): RunRecord | null {
  if (text === null) return null;
  const run = JSON.parse(text) as RunRecord | Omit<RunRecord, 'claim'>;
  return { claim: null, ...run };
}

function chunkName(name: string, index: number): string {
  return `${name} ${index}`;
}
