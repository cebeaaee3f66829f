import {
  AmbiguousOutcome,
  BlockhouseError,
  type BlockUsersClient,
  type ChangedUser,
  isAmbiguous,
  RateLimitError,
  type Refusal,
  type User,
} from '@blockhouse/client';
import { requestErrors } from '@blockhouse/client/wire';
import {
  batchMax,
  type NumberRecord,
  type Outcome,
  readWaId,
  type Target,
  type WaId,
} from '@blockhouse/engine';
import { Attempts, type PlatformAnswer } from '../upstream/attempts.ts';
import { CircuitOpen } from '../upstream/circuit.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import { isStandIn, type UserNames } from '../user-names.ts';
import { isListed, type LiveList, type LiveLists, type RowNames, wouldBeFound } from './live-list.ts';
import { type BlocklistCall, PlatformFailure } from './platform.ts';

/** Of the time that a caller gives, this part is for asking; the rest is for finding out what came of it. */
const askingShare = 0.65;

/** Blocking or unblocking: what has to be asked of the platform. */
export type Asked = 'block' | 'unblock';

/** How a platform is asked. */
export interface Asking {
  /** How long the caller waits, in milliseconds. */
  readonly patienceMs: number;
  /** The version of the Graph API; the configured one when it is undefined. */
  readonly version?: string | undefined;
  readonly onAnswer?: BlocklistCall['onAnswer'];
}

/** What the platform of a `cloud` number says of users, with what can be found out of those of whom it said nothing. */
export class CloudAnswers {
  readonly #upstreams: Upstreams;
  readonly #names: UserNames;
  readonly #lists: LiveLists;

  constructor(options: { upstreams: Upstreams; names: UserNames; lists: LiveLists }) {
    this.#upstreams = options.upstreams;
    this.#names = options.names;
    this.#lists = options.lists;
  }

  /**
   * Blocks or unblocks at the platform: one outcome per target, in order.
   * @throws PlatformFailure when it has refused the request as a whole, or was not reached. Nothing was applied.
   */
  async of(
    number: NumberRecord,
    operation: Asked,
    targets: readonly Target[],
    { patienceMs, version, onAnswer }: Asking,
  ): Promise<readonly Outcome[]> {
    const asked = targets.filter(({ ordered }) => ordered === undefined);
    const told = new Map<Target, Outcome>();
    const answer =
      asked.length === 0 ? null : await this.#tell(number, operation, { asked, told, patienceMs, version });
    // One request asks about so many, and then its answer speaks of all of them.
    if (answer !== null && asked.length === targets.length && asked.length <= batchMax) onAnswer?.(answer);
    return targets.map((target): Outcome => {
      if (target.ordered !== undefined) return { done: false, reason: target.ordered };
      return told.get(target) ?? unknown(operation, new Attempts());
    });
  }

  async #tell(
    number: NumberRecord,
    operation: Asked,
    {
      asked,
      told,
      patienceMs,
      version,
    }: Asking & { readonly asked: readonly Target[]; readonly told: Map<Target, Outcome> },
  ): Promise<PlatformAnswer | null> {
    const endMs = performance.now() + patienceMs;
    const attempts = new Attempts();
    const client = this.#upstreams.client(number, { attempts, version });
    // A user of their own for each target, so that each finds its own answer.
    const targetOf = new Map(asked.map((target) => [userOf(target), target]));
    const note = (known: { changed: readonly ChangedUser[]; refused: readonly Refusal[] }) => {
      for (const { user, waId } of known.changed) keep(user, (target) => doneAs(target, waId));
      for (const refusal of known.refused) keep(refusal.user, () => refusedWith(refusal));
    };
    const keep = (user: User, outcomeOf: (target: Target) => Outcome) => {
      const target = targetOf.get(user as Exclude<User, string>);
      if (target !== undefined) told.set(target, outcomeOf(target));
    };
    try {
      note(await changedBy(client, operation, [...targetOf.keys()], patienceMs * askingShare));
      return attempts.answer;
    } catch (error) {
      if (!(error instanceof BlockhouseError)) throw error;
      if (error instanceof AmbiguousOutcome) note(error);
      const mayBeDone = attempts.reached && (isAmbiguous(error) || attempts.unanswered);
      if (told.size === 0 && !mayBeDone) throw failureOf(causeOf(error), attempts);
      const left = asked.filter((target) => !told.has(target));
      const leftMs = Math.max(1, endMs - performance.now());
      for (const [target, outcome] of await this.#settle(number, operation, left, { attempts, leftMs }))
        told.set(target, outcome);
      // Where nothing was done, the platform's own error says it best.
      return asked.every((target) => isFailed(told.get(target))) ? attempts.answer : null;
    }
  }

  /** Looks into the list for those of whom nothing is known: what it shows is so, whatever went wrong on the way. */
  async #settle(
    number: NumberRecord,
    operation: Asked,
    targets: readonly Target[],
    { attempts, leftMs }: { attempts: Attempts; leftMs: number },
  ): Promise<readonly (readonly [Target, Outcome])[]> {
    let list: LiveList;
    try {
      list = await this.#lists.read(number, leftMs);
    } catch (error) {
      if (!(error instanceof BlockhouseError)) throw error;
      return targets.map((target) => [target, unknown(operation, attempts)] as const);
    }
    const waIds = targets.map(({ ref }) => (ref.kind === 'user' ? ref.waId : 0));
    const userIds = (await this.#names.at(number, { waIds })).issue(waIds);
    const phones = await this.#names.phonesOf(number, waIds);
    return targets.map((target, index) => {
      const phone = phones.get(waIds[index] ?? 0) ?? null;
      const names = rowNamesOf(target, { phone, userId: userIds[index] ?? null });
      const isOn = isListed(list, names);
      const isKnown = isOn || wouldBeFound(list, names);
      if (isKnown && isOn === (operation === 'block'))
        return [target, { done: true, changed: true }] as const;
      // A request that was never answered may still be at work.
      const outcome = isKnown && !attempts.unanswered ? failed : unknown;
      return [target, outcome(operation, attempts)] as const;
    });
  }
}

/** What a row of the list would call who is meant. */
function rowNamesOf(
  { input, ref }: Target,
  known: { readonly phone: WaId | null; readonly userId: string | null },
): RowNames {
  if (ref.kind !== 'user') return { phone: null, userId: null };
  const phone = known.phone === null ? null : String(known.phone);
  return { phone, userId: ref.by === 'user_id' ? input : known.userId };
}

function userOf({ input, ref }: Target): Exclude<User, string> {
  return ref.kind === 'user' && ref.by === 'user_id' ? { userId: input } : { phone: input };
}

async function changedBy(
  client: BlockUsersClient,
  operation: Asked,
  users: readonly User[],
  deadlineMs: number,
): Promise<{ changed: readonly ChangedUser[]; refused: readonly Refusal[] }> {
  // As often as there is time for.
  const options = { deadlineMs, retries: 10 };
  if (operation === 'unblock') {
    const { unblocked, refused } = await client.unblock(users, options);
    return { changed: unblocked, refused };
  }
  const { blocked, refused } = await client.block(users, options);
  return { changed: blocked, refused };
}

/** Only another `wa_id` than the one that was written is news. */
function doneAs({ ref }: Target, text: string | null): Outcome {
  const waId: WaId | null = text === null ? null : readWaId(text);
  const isKnownOtherwise = ref.kind === 'user' && isStandIn(ref.waId);
  const isOther = ref.kind === 'nobody' || (ref.by === 'phone' && ref.waId !== waId);
  const isNews = waId !== null && isOther && !isKnownOtherwise;
  return { done: true, changed: true, ...(isNews && { waId }) };
}

function refusedWith({ reason, code, message, details }: Refusal): Outcome {
  return { done: false, reason, words: { code, message, details } };
}

function isFailed(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && !outcome.done && outcome.reason === 'failed';
}

function failed(operation: Asked, attempts: Attempts): Outcome {
  const { said, ...error } = lastError(attempts);
  const details = `The user was not ${operation}ed: Meta failed${said}, and its list does not show the change. Try again.`;
  return { done: false, reason: 'failed', words: { ...error, details } };
}

function unknown(operation: Asked, attempts: Attempts): Outcome {
  const { said, ...error } = lastError(attempts);
  const details = `Whether the user was ${operation}ed is not known: Meta gave no final answer${said}. Try again: it is safe to repeat.`;
  return { done: false, reason: 'unknown', words: { ...error, details } };
}

/** The error that the platform itself gave last, with its trace ID for Meta's support; an internal error when it gave none. */
function lastError({ answer }: Attempts): { code: number; message: string; said: string } {
  const internal = { code: requestErrors.internal.code, message: requestErrors.internal.title, said: '' };
  if (answer === null) return internal;
  const { error } = JSON.parse(answer.text) as {
    error?: { code?: number; message?: string; fbtrace_id?: string };
  };
  if (error?.code === undefined) return internal;
  const { code, message = internal.message, fbtrace_id: traceId } = error;
  const trace = traceId === undefined ? '' : `, fbtrace_id ${traceId}`;
  return { code, message, said: ` ("${message}"${trace})` };
}

/** What went wrong with a request: the SDK tells what is known about the users around it. */
function causeOf(error: BlockhouseError): BlockhouseError {
  return error instanceof AmbiguousOutcome && error.cause instanceof BlockhouseError ? error.cause : error;
}

/** A request that failed as a whole, as others know it. */
export function failureOf(error: BlockhouseError, { answer }: Attempts): PlatformFailure {
  const hasHint = error instanceof RateLimitError || error instanceof CircuitOpen;
  return new PlatformFailure(error, hasHint ? error.retryAfterMs : null, answer?.headers);
}
