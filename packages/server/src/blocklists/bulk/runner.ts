import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import {
  type Actor,
  type BlockTerms,
  batchMax,
  type Clock,
  type NumberRecord,
  NumberUnknown,
  type Operation,
  type Outcome,
  outcomeCode,
  readUser,
  type Store,
  type Target,
} from '@blockhouse/engine';
import type { FastifyBaseLogger } from 'fastify';
import { InjectedFailure, injectUserFaults } from '../../sandbox/fault-injection.ts';
import type { FaultRegistry } from '../../sandbox/fault-registry.ts';
import type { UserDirectory } from '../../users/directory.ts';
import { PlatformFailure, refusalTextOfFailure } from '../platform.ts';
import type { Platforms } from '../platforms.ts';
import { type ExplainedRefusal, explainOutcome, explainRequestError } from '../refusal-text.ts';
import type { BulkResult } from './results.ts';
import { BulkRuns, type RunRecord } from './run-record.ts';

/** Users of one number with the same terms. */
export interface BulkPart {
  readonly number: NumberRecord;
  readonly users: readonly string[];
  readonly actor: Actor;
  readonly terms: BlockTerms;
  /** The terms of each user, in their order; absent: all users have the same. */
  readonly termsOfEach?: readonly BlockTerms[];
  /** How each of the users was read, in their order; absent: all as the API reads them. */
  readonly readings?: readonly Reading[];
}

/** The name of a user in a call, or the reason why the text is not understood. */
export type Reading = { readonly user: string } | { readonly problem: string };

/** Any count of users on any of the numbers. */
export interface BulkRequest {
  readonly operation: Operation;
  readonly whenClosed: 'refuse' | 'standing';
  readonly parts: readonly BulkPart[];
  /** The moment by which it was read: a repeat is read by that of the run. */
  readonly askedAtMs: number;
}

/** One chunk of a run that is done: its place in the request, what became of it, and how far the run is. */
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

/** How the names of all records of runs begin. */
export const runsPrefix = 'run ';

/** How runs may be named. */
export const runIdForm = /^[\x21-\x7e]{1,200}$/;

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
   * @param options.realClock tells how long the owner of a run has been silent.
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
    return await this.#runs.find(nameOf(keyId, id));
  }

  /** Ends all runs behind the chunks in hand. */
  close(): void {
    this.#closing = true;
  }

  /**
   * Runs a request, or what is left of it: hands out the results of each chunk with how far it is. Users whose
   * outcome is unknown, and users who were not tried, are tried again. A caller that disconnects stops the work after
   * the chunks in hand.
   * @throws RunConflict before anything is done.
   */
  async *run(keyId: string, id: string, request: BulkRequest): AsyncGenerator<BulkStep, void> {
    const name = nameOf(keyId, id);
    const { operation, parts, askedAtMs } = request;
    const total = parts.reduce((sum, { users }) => sum + users.length, 0);
    const startedAt = new Date(askedAtMs).toISOString();
    const asked = { id, operation, request_hash: await hashOf(request), total, started_at: startedAt };
    const { owner, run: before } = await this.#runs.claim(name, asked);
    const stopHeartbeat = this.#runs.keepAlive(name, owner);
    try {
      const done = new Set(before.chunks);
      let run: RunRecord = { ...before, done: 0, counts: {}, chunks: [] };
      const left: Work[] = [];
      for (const [index, chunk] of chunksOf(request).entries()) {
        const results = done.has(index) ? await this.#runs.results(name, index) : null;
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
        await this.#runs.keep(name, owner, run, { index, results });
        yield { run, index, results };
        if (this.#closing) return;
      }
      await this.#runs.keep(name, owner, { ...run, state: 'done' });
    } finally {
      stopHeartbeat();
      await this.#runs.release(name, owner);
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
        // The next one begins when this one is kept: whoever stops asking is heard in between.
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
      if (error instanceof PlatformFailure) return notTried(number, users, wordsOfWhole(error, operation));
      if (error instanceof InjectedFailure) return notTried(number, users, explainRequestError(error.error));
      // The number was removed meanwhile.
      if (!(error instanceof NumberUnknown)) throw error;
      const outcome = number.upstream === null ? ('not_tried' as const) : ('unknown' as const);
      return users.map((user) => ({ number: number.id, user, outcome }));
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

/** The terms of the request apply to every user in it. */
function notTried(
  { id }: NumberRecord,
  users: readonly string[],
  words: ExplainedRefusal,
): readonly BulkResult[] {
  return users.map((user) => ({ number: id, user, outcome: 'not_tried', ...words }));
}

function wordsOfWhole(failure: PlatformFailure, operation: Operation): ExplainedRefusal {
  return explainOutcome({ done: false, reason: 'failed', text: refusalTextOfFailure(failure) }, operation);
}

/** Everybody who is left of a request that ended early: perhaps in hand when it failed, or not tried. */
export function leftOf(request: BulkRequest, done: ReadonlySet<number>): readonly BulkResult[] {
  const inHand = new Set<string>();
  return chunksOf(request).flatMap(({ number, users }, index) => {
    if (done.has(index)) return [];
    const queue = queueOf(number);
    const outcome = inHand.has(queue) ? ('not_tried' as const) : ('unknown' as const);
    inHand.add(queue);
    return users.map((user) => ({ number: number.id, user, outcome }));
  });
}

/** Numbers of our own share one store, and one queue. */
function queueOf({ id, upstream }: NumberRecord): string {
  return upstream === null ? 'local' : id;
}

/** Users whose outcome is open. */
function isOpen({ outcome }: BulkResult): boolean {
  return outcome === 'unknown' || outcome === 'not_tried';
}

function tallied(run: RunRecord, index: number, results: readonly BulkResult[]): RunRecord {
  const counts: Record<string, number> = { ...run.counts };
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return { ...run, counts, done: run.done + results.length, chunks: [...run.chunks, index] };
}

function chunksOf({ parts }: BulkRequest): readonly BulkPart[] {
  return parts.flatMap((part) => {
    const chunks: BulkPart[] = [];
    for (let start = 0; start < part.users.length; start += batchMax)
      chunks.push({
        ...part,
        users: part.users.slice(start, start + batchMax),
        ...(part.termsOfEach && { termsOfEach: part.termsOfEach.slice(start, start + batchMax) }),
        ...(part.readings && { readings: part.readings.slice(start, start + batchMax) }),
      });
    return chunks;
  });
}

const doneWords = {
  block: 'blocked',
  unblock: 'unblocked',
  standing_block: 'standing',
  withdraw: 'withdrawn',
} as const;

function resultOf(
  operation: Operation,
  number: string,
  { input, ref }: Target,
  outcome: Outcome | undefined,
): BulkResult {
  if (outcome === undefined) throw new Error('fewer outcomes than targets');
  const { waId } = outcome;
  const named =
    waId !== undefined
      ? { wa_id: String(waId) }
      : ref.kind === 'user'
        ? ref.by === 'phone'
          ? { wa_id: String(ref.waId) }
          : { user_id: input }
        : {};
  const user = { number, user: input, ...named };
  // A user who is blocked already needs no standing block, and gets none.
  const isBlockedAlready = operation === 'standing_block' && outcome.done && !outcome.changed;
  if (outcome.done) {
    const word = isBlockedAlready ? 'blocked' : doneWords[operation];
    return { ...user, outcome: word, changed: outcome.changed };
  }
  if (outcomeCode(outcome) === 'standing') return { ...user, outcome: 'standing', changed: true };
  const words = { reason: outcome.reason, ...explainOutcome(outcome, operation) };
  if (outcome.reason === 'unknown') return { ...user, outcome: 'unknown', ...words };
  if (outcome.reason === 'failed') return { ...user, outcome: 'not_tried', ...words };
  return { ...user, outcome: 'refused', ...words };
}

/** Values that are hashed before other requests have their turn. */
const hashedPerTurn = 5000;

/** Without who asks: the same person may ask again through another program. */
async function hashOf({ operation, whenClosed, parts }: BulkRequest): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([operation, whenClosed]));
  const hashEach = async (values: readonly unknown[]) => {
    for (const [index, value] of values.entries()) {
      hash.update(`${JSON.stringify(value)}\n`);
      if (index % hashedPerTurn === hashedPerTurn - 1) await setImmediate();
    }
  };
  const seen = new Map<readonly string[], number>();
  for (const { number, users, terms, termsOfEach, readings } of parts) {
    const list = seen.get(users) ?? seen.size;
    hash.update(JSON.stringify([number.id, terms, list]));
    // The same users on many numbers are one list, and need to be read but once.
    if (!seen.has(users)) await hashEach(users);
    await hashEach(termsOfEach ?? []);
    await hashEach(readings ?? []);
    seen.set(users, list);
  }
  return hash.digest('hex');
}

function nameOf(keyId: string, id: string): string {
  return `${runsPrefix}${keyId} ${id}`;
}
