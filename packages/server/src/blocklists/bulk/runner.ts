import { type Clock, NumberUnknown, readUser, type Store, type Target } from '@blockhouse/engine';
import type { FastifyBaseLogger } from 'fastify';
import { InjectedFailure, injectUserFaults } from '../../sandbox/fault-injection.ts';
import type { FaultRegistry } from '../../sandbox/fault-registry.ts';
import type { UserDirectory } from '../../users/directory.ts';
import { PlatformFailure } from '../platform.ts';
import type { Platforms } from '../platforms.ts';
import { explainRequestError } from '../refusal-text.ts';
import {
  type BulkPart,
  type BulkRequest,
  chunksOf,
  hashOf,
  queueOf,
  type Reading,
  totalOf,
} from './bulk-request.ts';
import { type BulkResult, explainFailure, isOpen, notTried, resultOf } from './results.ts';
import type { RunRecord } from './run-record.ts';
import { BulkRuns, runIdForm } from './runs.ts';

/** One chunk of a run that is done: its position in the request, its results, and the progress of the run. */
export interface BulkStep {
  readonly run: RunRecord;
  readonly index: number;
  readonly results: readonly BulkResult[];
}

/** A chunk that is to be worked on. */
interface Work {
  readonly index: number;
  readonly chunk: BulkPart;
}

/** How long a platform that does not answer is asked for one chunk: nobody waits for a page to load. */
const deadlineMs = 60_000;

/** Numbers at Meta that are worked on side by side, so that one that does not answer keeps no other waiting. */
const queuesAtOnce = 8;

/**
 * Works through bulk requests, a thousand users at a time. The results of a run are kept with it. A caller that
 * repeats the name gets the same answer, and an interrupted run is resumed.
 */
export class BulkRunner {
  readonly #platforms: Platforms;
  readonly #runs: BulkRuns;
  readonly #names: UserDirectory;
  readonly #faults: FaultRegistry | null;
  #closing = false;

  /**
   * @param options.faults the sandbox's faults; null outside the sandbox.
   * @param options.realClock measures how long the owner of a run has been silent.
   */
  constructor(options: {
    platforms: Platforms;
    store: Store;
    clock: Clock;
    names: UserDirectory;
    faults: FaultRegistry | null;
    log: FastifyBaseLogger;
    realClock?: Clock;
  }) {
    this.#platforms = options.platforms;
    this.#runs = new BulkRuns(options);
    this.#names = options.names;
    this.#faults = options.faults;
  }

  /** The record of a run; null: there is none. */
  async find(keyId: string, id: string): Promise<RunRecord | null> {
    if (!runIdForm.test(id)) return null;
    return await this.#runs.find({ keyId, id });
  }

  /** Ends all runs after their current chunks. */
  close(): void {
    this.#closing = true;
  }

  /**
   * Runs a request, or what is left of it: hands out the results of each chunk with how far it is. Users whose
   * outcome is unknown, and users who were not tried, are tried again. A caller that disconnects stops the work after
   * the current chunks.
   * @throws RunConflict before anything is done.
   */
  async *run(keyId: string, id: string, request: BulkRequest): AsyncGenerator<BulkStep, void> {
    const key = { keyId, id };
    const { operation, askedAtMs: startedAtMs } = request;
    const asked = {
      id,
      operation,
      requestHash: await hashOf(request),
      total: totalOf(request),
      startedAtMs,
    };
    const { owner, run: before } = await this.#runs.claim(key, asked);
    const stopHeartbeat = this.#runs.keepAlive(key, owner);
    try {
      const done = new Set(before.chunks);
      let run: RunRecord = { ...before, done: 0, counts: {}, chunks: [] };
      const left: Work[] = [];
      for (const [index, chunk] of chunksOf(request).entries()) {
        const results = done.has(index) ? await this.#runs.results(key, index) : null;
        if (results === null || results.some(isOpen)) {
          left.push({ index, chunk });
          continue;
        }
        run = tallied(run, index, results);
        yield { run, index, results };
        if (this.#closing) return;
      }
      for await (const { index, results } of this.#workThrough(request, left)) {
        run = tallied(run, index, results);
        await this.#runs.keep(key, owner, run, { index, results });
        yield { run, index, results };
        if (this.#closing) return;
      }
      await this.#runs.keep(key, owner, { ...run, state: 'done' });
    } finally {
      stopHeartbeat();
      await this.#runs.release(key, owner);
    }
  }

  /** Chunks of one number in their order, numbers at Meta side by side; results as they come. */
  async *#workThrough(
    request: BulkRequest,
    left: readonly Work[],
  ): AsyncGenerator<{ readonly index: number; readonly results: readonly BulkResult[] }, void> {
    const queues = [...Map.groupBy(left, ({ chunk }) => queueOf(chunk.number)).values()];
    const inHand = new Map<
      Work[],
      Promise<{ queue: Work[]; index: number; results: readonly BulkResult[] }>
    >();
    const begin = (queue: Work[] | undefined) => {
      const next = queue?.shift();
      if (queue === undefined || next === undefined) return;
      const { index, chunk } = next;
      inHand.set(
        queue,
        this.#work(request, chunk).then((results) => ({ queue, index, results })),
      );
    };
    for (const queue of queues.splice(0, queuesAtOnce)) begin(queue);
    try {
      while (inHand.size > 0) {
        const { queue, index, results } = await Promise.race(inHand.values());
        inHand.delete(queue);
        // The next one begins when this one is stored, so that a caller can disconnect in between.
        yield { index, results };
        begin(queue.length > 0 ? queue : queues.shift());
      }
    } finally {
      await Promise.allSettled(inHand.values());
    }
  }

  async #work(
    request: BulkRequest,
    { number, users, actor, terms, termsOfEach, readings }: BulkPart,
  ): Promise<readonly BulkResult[]> {
    const { operation, whenClosed } = request;
    const inputs = users.map((text, index) => inputOf(text, readings?.[index]));
    const ids = await this.#names.lookup(number, { texts: inputs });
    const targets = inputs.map((input, index): Target => {
      // A spelling that is refused must not be read in another way.
      if (problemOf(readings?.[index]) !== null) return unreadable(input);
      const ref = readUser(input, ids);
      const own = termsOfEach?.[index];
      return {
        input,
        ref: ref.kind === 'parent' ? { kind: 'nobody', reason: 'invalid_format' } : ref,
        ...(own && { terms: own }),
      };
    });
    const call = { operation, numberId: number.id, actor, terms, whenClosed, deadlineMs };
    try {
      const hasFaults = operation === 'block' || operation === 'unblock';
      const given =
        hasFaults && this.#faults !== null
          ? await injectUserFaults(this.#faults, { operation, numberId: number.id, targets })
          : targets;
      const outcomes = await this.#platforms.of(number).change(call, given);
      return targets.map((target, index) => {
        const result = resultOf(operation, number.id, target, outcomes[index]);
        const explanation = problemOf(readings?.[index]);
        const user = users[index] ?? result.user;
        return { ...result, user, ...(explanation !== null && { explanation }) };
      });
    } catch (error) {
      // Nothing was applied to this number; the others are still there.
      if (error instanceof PlatformFailure) return notTried(number, users, explainFailure(error, operation));
      if (error instanceof InjectedFailure) return notTried(number, users, explainRequestError(error.error));
      // The number was removed meanwhile.
      if (!(error instanceof NumberUnknown)) throw error;
      const outcome = number.upstream === null ? ('not_tried' as const) : ('unknown' as const);
      return users.map((user) => ({ numberId: number.id, user, outcome }));
    }
  }
}

function inputOf(text: string, reading: Reading | undefined): string {
  return reading !== undefined && 'user' in reading ? reading.user : text;
}

function problemOf(reading: Reading | undefined): string | null {
  return reading !== undefined && 'problem' in reading ? reading.problem : null;
}

/** A text that names nobody: refused without asking the platform. */
function unreadable(input: string): Target {
  return { input, ref: { kind: 'nobody', reason: 'invalid_format' }, injected: 'invalid_format' };
}

function tallied(run: RunRecord, index: number, results: readonly BulkResult[]): RunRecord {
  const counts: Record<string, number> = { ...run.counts };
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return { ...run, counts, done: run.done + results.length, chunks: [...run.chunks, index] };
}
