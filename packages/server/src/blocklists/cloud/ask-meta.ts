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
  type Claim,
  type Clock,
  type NumberRecord,
  type Outcome,
  readPhone,
  readWaId,
  type Target,
  type WaId,
} from '@blockhouse/engine';
import { Attempts, type PlatformAnswer } from '../../meta-client/attempts.ts';
import { CircuitOpen } from '../../meta-client/circuit.ts';
import type { MetaClients } from '../../meta-client/clients.ts';
import type { RowNames, UserDirectory } from '../../users/directory.ts';
import { accountClaim, isPlaceholder } from '../../users/names.ts';
import { type BlocklistCall, PlatformFailure } from '../platform.ts';
import { isListed, type LiveList, type LiveLists, wouldBeFound } from './live-list.ts';

/** Of the time that a caller gives, this part is for asking; the rest is for finding out what came of it. */
const askingShare = 0.65;

/** Blocking or unblocking: what has to be asked of the platform. */
export type BlocklistOperation = 'block' | 'unblock';

/** How a platform is asked. */
export interface AskOptions {
  /** How long the caller waits, in milliseconds. */
  readonly deadlineMs: number;
  /** The version of the Graph API; null: none in the path. The configured one when it is undefined. */
  readonly version?: string | null | undefined;
  readonly onAnswer?: BlocklistCall['onAnswer'];
}

/**
 * The platform's answers about users of a `cloud` number, with the outcomes that can be found out for users it did
 * not mention.
 */
export class MetaOutcomes {
  readonly #metaClients: MetaClients;
  readonly #names: UserDirectory;
  readonly #lists: LiveLists;
  readonly #clock: Clock;

  constructor(options: { metaClients: MetaClients; names: UserDirectory; lists: LiveLists; clock: Clock }) {
    this.#metaClients = options.metaClients;
    this.#clock = options.clock;
    this.#names = options.names;
    this.#lists = options.lists;
  }

  /**
   * Blocks or unblocks at the platform: one outcome per target, in order.
   * @throws PlatformFailure when it has refused the request as a whole, or was not reached. Nothing was applied.
   */
  async of(
    number: NumberRecord,
    operation: BlocklistOperation,
    targets: readonly Target[],
    { deadlineMs, version, onAnswer }: AskOptions,
  ): Promise<readonly Outcome[]> {
    const asked = targets.filter(({ injected: ordered }) => ordered === undefined);
    const told = new Map<Target, Outcome>();
    const claims: Claim[] = [];
    const answer =
      asked.length === 0
        ? null
        : await this.#tell(number, operation, { asked, told, claims, deadlineMs, version });
    await this.#names.record(number, claims);
    // The most users of one request, whose answer covers all of them.
    if (answer !== null && asked.length === targets.length && asked.length <= batchMax) onAnswer?.(answer);
    return targets.map((target): Outcome => {
      if (target.injected !== undefined) return { done: false, reason: target.injected };
      return told.get(target) ?? unknown(operation, new Attempts());
    });
  }

  async #tell(
    number: NumberRecord,
    operation: BlocklistOperation,
    {
      asked,
      told,
      claims,
      deadlineMs,
      version,
    }: AskOptions & {
      readonly asked: readonly Target[];
      readonly told: Map<Target, Outcome>;
      readonly claims: Claim[];
    },
  ): Promise<PlatformAnswer | null> {
    const endMs = performance.now() + deadlineMs;
    const attempts = new Attempts();
    const client = this.#metaClients.client(number, { attempts, version });
    // A user of their own for each target, so that each finds its own answer.
    const targetOf = new Map(asked.map((target) => [userOf(target), target]));
    const note = (known: { changed: readonly ChangedUser[]; refused: readonly Refusal[] }) => {
      for (const { user, waId } of known.changed) keep(user, (target) => doneAs(target, waId));
      for (const refusal of known.refused) keep(refusal.user, (target) => refusedWith(target, refusal));
      for (const entry of [...known.changed, ...known.refused])
        claims.push(...claimsOf(entry, this.#clock()));
    };
    const keep = (user: User, outcomeOf: (target: Target) => Outcome) => {
      const target = targetOf.get(user as Exclude<User, string>);
      if (target !== undefined) told.set(target, outcomeOf(target));
    };
    try {
      note(await changedBy(client, operation, [...targetOf.keys()], deadlineMs * askingShare));
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

  /**
   * Looks for users with an unknown outcome in the list. A user on the list is blocked, whatever went wrong before.
   */
  async #settle(
    number: NumberRecord,
    operation: BlocklistOperation,
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
    const known = await this.#names.rowNames(number, waIds);
    return targets.map((target, index) => {
      const names = rowNamesOf(target, known.get(waIds[index] ?? 0));
      const isOn = isListed(list, names) !== null;
      const isKnown = isOn || wouldBeFound(list, names);
      if (isKnown && isOn === (operation === 'block'))
        return [target, { done: true, changed: true }] as const;
      // A request that was never answered may still be at work.
      const outcome = isKnown && !attempts.unanswered ? failed : unknown;
      return [target, outcome(operation, attempts)] as const;
    });
  }
}

/** The names that a row of the list may have for the user. */
function rowNamesOf({ input, ref }: Target, known: RowNames | undefined): RowNames {
  if (ref.kind !== 'user' || known === undefined) return { known: [], variants: [], hasId: false };
  return ref.by === 'user_id' ? { ...known, known: [...known.known, input], hasId: true } : known;
}

/** The user that the platform took the text for. */
function claimsOf({ user, waId, userId }: ChangedUser, atMs: number): readonly Claim[] {
  const phone = typeof user === 'object' && 'phone' in user ? readPhone(user.phone) : null;
  const known = waId === null ? null : readWaId(waId);
  if (known === null && userId === null) return [];
  const inputs = phone === null || phone === known ? [] : [phone];
  return [accountClaim({ waId: known, userId, inputs, atMs })];
}

function userOf({ input, ref }: Target): Exclude<User, string> {
  return ref.kind === 'user' && ref.by === 'user_id' ? { userId: input } : { phone: input };
}

async function changedBy(
  client: BlockUsersClient,
  operation: BlocklistOperation,
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
  return { done: true, changed: true, ...newsOf(ref, text) };
}

function refusedWith({ ref }: Target, { reason, code, message, details, waId }: Refusal): Outcome {
  return { done: false, reason, text: { code, message, details }, ...newsOf(ref, waId) };
}

function newsOf(ref: Target['ref'], text: string | null): { readonly waId?: WaId } {
  const waId = text === null ? null : readWaId(text);
  const isKnownOtherwise = ref.kind === 'user' && isPlaceholder(ref.waId);
  const isOther = ref.kind === 'nobody' || (ref.by === 'phone' && ref.waId !== waId);
  return waId !== null && isOther && !isKnownOtherwise ? { waId } : {};
}

function isFailed(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && !outcome.done && outcome.reason === 'failed';
}

function failed(operation: BlocklistOperation, attempts: Attempts): Outcome {
  const { said, ...error } = lastError(attempts);
  const details = `The user was not ${operation}ed: Meta failed${said}, and its list does not show the change. Try again.`;
  return { done: false, reason: 'failed', text: { ...error, details } };
}

function unknown(operation: BlocklistOperation, attempts: Attempts): Outcome {
  const { said, ...error } = lastError(attempts);
  const details = `Whether the user was ${operation}ed is not known: Meta gave no final answer${said}. Try again: it is safe to repeat.`;
  return { done: false, reason: 'unknown', text: { ...error, details } };
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

/** The failure of a request: the SDK reports what is known about the users around it. */
function causeOf(error: BlockhouseError): BlockhouseError {
  return error instanceof AmbiguousOutcome && error.cause instanceof BlockhouseError ? error.cause : error;
}

/** A request that failed as a whole, as others know it. */
export function failureOf(error: BlockhouseError, { answer }: Attempts): PlatformFailure {
  const hasHint = error instanceof RateLimitError || error instanceof CircuitOpen;
  return new PlatformFailure(error, hasHint ? error.retryAfterMs : null, answer);
}
