import {
  AmbiguousOutcome,
  BlockhouseError,
  type BlockUsersClient,
  isAmbiguous,
  type Page,
  type PageOptions,
  RateLimitError,
  type Refusal,
  type User,
} from '@blockhouse/client';
import { requestErrors } from '@blockhouse/client/wire';
import {
  type BlockDetails,
  type BlocklistRequest,
  type Clock,
  decideAnswered,
  decideBlocklist,
  decideExpiry,
  decideGone,
  type Facts,
  type NumberRecord,
  NumberUnknown,
  type Outcome,
  readWaId,
  type Store,
  type Target,
  type UserFacts,
  type WaId,
} from '@blockhouse/engine';
import { Attempts } from '../upstream/attempts.ts';
import { CircuitOpen } from '../upstream/circuit.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import { shownWaId, type UserNames } from '../user-names.ts';
import { type LiveList, LiveLists } from './live-list.ts';
import { type BlocklistCall, type Platform, PlatformFailure, type Seen, wordsOfFailure } from './platform.ts';

/** Blocks whose time is over that are ended in one request. */
const overdueAtOnce = 1000;

/** Rows of notes that are read together. */
const notesAtOnce = 1000;

/** A platform's list may show a change a little late: who was blocked this recently and is not on it is not gone. */
const settleMs = 60_000;

/** How long the list may be asked for when an outcome is not known: the caller waits meanwhile. */
const settlingMs = 5_000;

/** Notes are read again after this long, or when one was changed here. */
const notesAgeMs = 2_000;

/** A row of the live list, with what is known of it here; null: it was blocked elsewhere. */
export interface LiveRow {
  readonly waId: WaId;
  /** As the platform names them. */
  readonly shownWaId: string | null;
  readonly userId: string | null;
  readonly note: BlockDetails | null;
}

/**
 * The `cloud` platform: the list is Meta's, who enforces it, and every read of it is live. What is kept here of a number are
 * notes beside that list: who, why and until when, besides standing blocks and activity.
 */
export class CloudPlatform implements Platform {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #upstreams: Upstreams;
  readonly #names: UserNames;
  readonly #lists: LiveLists;
  readonly #onEnd: (numberId: string) => void;
  readonly #notes = new Map<
    string,
    { readonly readAtMs: number; readonly rows: ReadonlyMap<WaId, BlockDetails> }
  >();

  /** @param options.onEnd called when something on a number ends by itself at a time that is new. */
  constructor(options: {
    store: Store;
    clock: Clock;
    upstreams: Upstreams;
    names: UserNames;
    onEnd: (numberId: string) => void;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#upstreams = options.upstreams;
    this.#names = options.names;
    this.#lists = new LiveLists(options.upstreams);
    this.#onEnd = options.onEnd;
  }

  async change(call: BlocklistCall, targets: readonly Target[]): Promise<readonly Outcome[]> {
    const number = await this.#numberOf(call.numberId);
    await this.#names.learn(number, namedByUserId(targets));
    const isAsked = call.operation === 'block' || call.operation === 'unblock';
    const outcomes = isAsked
      ? await this.#ask(number, call, targets)
      : await this.#decideHere(number, call, targets);
    this.#notes.delete(number.id);
    const isTimed =
      call.untilMs != null || targets.some(({ said }) => said !== undefined && said.untilMs !== null);
    if (isTimed) this.#onEnd(number.id);
    return outcomes;
  }

  async expire(numberId: string): Promise<'done' | 'later'> {
    const number = await this.#numberOf(numberId);
    const atMs = this.#clock();
    while (true) {
      const users = await this.#store.overdue(numberId, atMs, overdueAtOnce);
      if (users.length === 0) return 'done';
      await this.#store.change(numberId, { users }, (facts) => decideExpiry(facts, atMs));
      const facts = await this.#store.facts(numberId, users);
      const over = users.filter((waId) => isOver(facts.users.get(waId), atMs));
      if (over.length === 0) continue;
      const ended = await this.#end(number, over);
      if (ended.length < over.length) return 'later';
    }
  }

  async see(numberId: string, user: WaId): Promise<Seen> {
    const number = await this.#numberOf(numberId);
    const facts = await this.#store.facts(numberId, [user]);
    try {
      const list = await this.#lists.read(number);
      const ids = await this.#names.at(number, { waIds: [user] });
      return { facts: asOn(list, facts, [user], ids.issue([user])), platformFails: false };
    } catch (error) {
      if (!(error instanceof BlockhouseError)) throw error;
      return { facts, platformFails: true };
    }
  }

  /** One page of the list, as the platform gives it; its cursors and its 139102 are its own. @throws PlatformFailure */
  async list(numberId: string, page: PageOptions): Promise<Page> {
    const number = await this.#numberOf(numberId);
    return await asFailure(() => this.#upstreams.client(number).list(page));
  }

  /**
   * The whole list, live, in its own order, with what is known here of each row. What is known of somebody who is no longer on
   * it is forgotten. @throws PlatformFailure
   */
  async rows(numberId: string): Promise<readonly LiveRow[]> {
    const number = await this.#numberOf(numberId);
    const askedAtMs = this.#clock();
    const list = await asFailure(() => this.#lists.read(number));
    const notes = await this.notes(numberId);
    const found = new Set<WaId>();
    const rows = list.rows.map(({ waId, userId }): LiveRow => {
      const standIn = userId === null ? null : this.#names.standInFor(number, userId);
      const own = waId === null ? null : readWaId(waId);
      const note = (own !== null && notes.get(own)) || (standIn !== null && notes.get(standIn)) || null;
      if (note !== null) found.add(note.waId);
      return { waId: own ?? note?.waId ?? standIn ?? 0, shownWaId: waId, userId, note };
    });
    const gone = [...notes.values()].filter(
      ({ waId, blockedAtMs }) => !found.has(waId) && blockedAtMs < askedAtMs - settleMs,
    );
    if (gone.length > 0)
      await this.#forget(
        numberId,
        gone.map(({ waId }) => waId),
        'elsewhere',
      );
    return rows;
  }

  /** What is known here of those who were blocked from here. */
  async notes(numberId: string): Promise<ReadonlyMap<WaId, BlockDetails>> {
    const kept = this.#notes.get(numberId);
    if (kept !== undefined && performance.now() - kept.readAtMs < notesAgeMs) return kept.rows;
    const rows = new Map<WaId, BlockDetails>();
    for (let after: { value: number | string; waId: WaId } | null = null; ; ) {
      const query = { sort: 'blocked_at', search: null, waId: null, after, count: notesAtOnce } as const;
      const page: BlockDetails[] = await this.#store.blocks(numberId, query);
      for (const row of page) rows.set(row.waId, row);
      const last = page.at(-1);
      if (last === undefined || page.length < notesAtOnce) break;
      after = { value: last.place, waId: last.waId };
    }
    this.#notes.set(numberId, { readAtMs: performance.now(), rows });
    return rows;
  }

  /** Blocks users whose standing blocks their messages have met; answers who has to be tried again. */
  async place(numberId: string, users: readonly WaId[]): Promise<readonly WaId[]> {
    const number = await this.#numberOf(numberId);
    const facts = await this.#store.facts(numberId, users);
    const waiting = users.filter((waId) => facts.users.get(waId)?.standing != null);
    if (waiting.length === 0) return [];
    const targets = await this.#targetsOf(number, waiting);
    const answered = await this.#answers(number, 'block', targets).catch((error: unknown) => {
      if (error instanceof PlatformFailure) return null;
      throw error;
    });
    if (answered === null) return waiting;
    const isSettled = (outcome: Outcome | undefined) =>
      outcome !== undefined && (outcome.done || !['failed', 'unknown'].includes(outcome.reason));
    const settled = waiting.filter((_, index) => isSettled(answered[index]));
    const atMs = this.#clock();
    for (const waId of settled) {
      const index = waiting.indexOf(waId);
      const target = targets[index];
      const outcome = answered[index];
      if (target === undefined || outcome === undefined) continue;
      await this.#store.change(numberId, { users: [waId] }, (now) => {
        const standing = now.users.get(waId)?.standing;
        if (!standing) return { answer: null, change: null };
        const cause = { ...standing.cause, source: 'standing' } as const;
        const { waId: _, ...own } = { waId: undefined, ...outcome };
        const request = blockRequest({ target, cause, untilMs: standing.untilMs, atMs });
        const { change } = decideAnswered(now, request, [own as Outcome]);
        return { answer: null, change };
      });
    }
    this.#notes.delete(numberId);
    this.#onEnd(numberId);
    return waiting.filter((waId) => !settled.includes(waId));
  }

  /** What has been read of a number is of no use any more. */
  forget(numberId: string): void {
    this.#lists.forget(numberId);
    this.#notes.delete(numberId);
  }

  async #ask(
    number: NumberRecord,
    call: BlocklistCall,
    targets: readonly Target[],
  ): Promise<readonly Outcome[]> {
    const operation = call.operation === 'block' ? 'block' : 'unblock';
    try {
      const answered = await this.#answers(number, operation, targets, call.patienceMs);
      return await this.#write(number, call, targets, answered);
    } catch (error) {
      if (error instanceof PlatformFailure) {
        const failed = targets.map(
          (): Outcome => ({ done: false, reason: 'failed', words: wordsOfFailure(error) }),
        );
        await this.#write(number, call, targets, failed);
      }
      throw error;
    }
  }

  /** What the platform says of each target, with what could be found out of those of whom it said nothing. */
  async #answers(
    number: NumberRecord,
    operation: 'block' | 'unblock',
    targets: readonly Target[],
    patienceMs?: number,
  ): Promise<readonly Outcome[]> {
    const asked = targets
      .map(({ ordered }, index) => (ordered === undefined ? index : -1))
      .filter((index) => index >= 0);
    const users = asked.map((index) => userOf(targets[index]));
    const told = users.length === 0 ? [] : await this.#tell(number, operation, users, patienceMs);
    const at = new Map(asked.map((index, place) => [index, told[place]]));
    return targets.map(({ ordered, ref }, index): Outcome => {
      if (ordered !== undefined) return { done: false, reason: ordered };
      const outcome = at.get(index);
      if (outcome === undefined) throw new Error('fewer answers than targets');
      // Only another `wa_id` than the one that was written is news.
      if (!outcome.done || outcome.waId === undefined) return outcome;
      const isNews = ref.kind === 'nobody' || (ref.by === 'phone' && ref.waId !== outcome.waId);
      return isNews ? outcome : { done: true, changed: outcome.changed };
    });
  }

  async #tell(
    number: NumberRecord,
    operation: 'block' | 'unblock',
    users: readonly User[],
    patienceMs: number | undefined,
  ): Promise<readonly Outcome[]> {
    const attempts = new Attempts();
    const client = this.#upstreams.client(number, attempts);
    const outcomes = new Map<User, Outcome>();
    const note = (known: {
      changed: readonly { user: User; waId: string | null }[];
      refused: readonly Refusal[];
    }) => {
      for (const { user, waId } of known.changed) outcomes.set(user, doneAs(waId));
      for (const refusal of known.refused) outcomes.set(refusal.user, refusedWith(refusal));
    };
    try {
      note(await changedBy(client, operation, users, patienceMs));
    } catch (error) {
      if (!(error instanceof BlockhouseError)) throw error;
      if (error instanceof AmbiguousOutcome) note(error);
      else if (!attempts.reached || !(isAmbiguous(error) || attempts.unanswered)) throw failureOf(error);
      const left = users.filter((user) => !outcomes.has(user));
      for (const [user, outcome] of await this.#settle(number, operation, left, attempts))
        outcomes.set(user, outcome);
    }
    return users.map((user) => outcomes.get(user) ?? unknown(operation));
  }

  /** Looks into the list for those of whom nothing is known: whoever is on it is blocked, whatever went wrong on the way. */
  async #settle(
    number: NumberRecord,
    operation: 'block' | 'unblock',
    users: readonly User[],
    { unanswered }: Attempts,
  ): Promise<readonly (readonly [User, Outcome])[]> {
    let list: LiveList;
    try {
      list = await this.#lists.read(number, { deadlineMs: settlingMs });
    } catch (error) {
      if (!(error instanceof BlockhouseError)) throw error;
      return users.map((user) => [user, unknown(operation)] as const);
    }
    return users.map((user) => {
      const name = nameOf(user);
      const isOn = list.names.has(name);
      if (isOn === (operation === 'block')) return [user, { done: true, changed: true }] as const;
      // A request that was never answered may still be at work, and a number may stand on the list in another spelling.
      const isCertain = !unanswered && !(hasOtherSpellings(name) && !isOn);
      return [user, isCertain ? failed(operation) : unknown(operation)] as const;
    });
  }

  async #write(
    number: NumberRecord,
    call: BlocklistCall,
    targets: readonly Target[],
    answered: readonly Outcome[],
  ): Promise<readonly Outcome[]> {
    const request = requestOf(call, targets, this.#clock());
    const meant = answered.flatMap((outcome) =>
      outcome.done && outcome.waId !== undefined ? [outcome.waId] : [],
    );
    const users = [...new Set([...waIdsOf(targets), ...meant])];
    return await this.#store.change(number.id, { users }, (facts) =>
      decideAnswered(facts, request, answered),
    );
  }

  /** Standing blocks are ours to place; who is blocked already, the live list knows. */
  async #decideHere(
    number: NumberRecord,
    call: BlocklistCall,
    targets: readonly Target[],
  ): Promise<readonly Outcome[]> {
    const users = [...new Set(waIdsOf(targets))];
    const list = await this.#lists.read(number, patienceOf(call.patienceMs)).catch((error: unknown) => {
      if (error instanceof BlockhouseError) return null;
      throw error;
    });
    const ids = (await this.#names.at(number, { waIds: users })).issue(users);
    const request = requestOf(call, targets, this.#clock());
    return await this.#store.change(number.id, { users }, (facts) =>
      decideBlocklist(list === null ? facts : asOn(list, facts, users, ids), request),
    );
  }

  /** Ends blocks at the platform, then here; answers whose. */
  async #end(number: NumberRecord, users: readonly WaId[]): Promise<readonly WaId[]> {
    const targets = await this.#targetsOf(number, users);
    const outcomes = await this.#answers(number, 'unblock', targets).catch((error: unknown) => {
      if (error instanceof PlatformFailure) return [];
      throw error;
    });
    const ended = users.filter((_, index) => outcomes[index]?.done);
    if (ended.length > 0) await this.#forget(number.id, ended, 'until');
    return ended;
  }

  async #forget(numberId: string, users: readonly WaId[], source: 'elsewhere' | 'until'): Promise<void> {
    const atMs = this.#clock();
    await this.#store.change(numberId, { users }, (facts) => decideGone(facts, users, { atMs, source }));
    this.#notes.delete(numberId);
  }

  /** Users that are named by what is kept of them. */
  async #targetsOf(number: NumberRecord, users: readonly WaId[]): Promise<readonly Target[]> {
    const ids = (await this.#names.at(number, { waIds: users })).issue(users);
    return users.map((waId, index): Target => {
      const phone = shownWaId(waId);
      return {
        input: phone ?? ids[index] ?? String(waId),
        ref: { kind: 'user', waId, by: phone === null ? 'user_id' : 'phone' },
      };
    });
  }

  async #numberOf(numberId: string): Promise<NumberRecord> {
    const number = await this.#store.number(numberId);
    if (number === null) throw new NumberUnknown(numberId);
    return number;
  }
}

function requestOf(call: BlocklistCall, targets: readonly Target[], atMs: number): BlocklistRequest {
  const { operation, cause, untilMs = null, whenClosed = 'refuse' } = call;
  return { operation, targets, cause, untilMs, whenClosed, atMs };
}

function blockRequest({
  target,
  ...said
}: Pick<BlocklistRequest, 'cause' | 'untilMs' | 'atMs'> & { target: Target }): BlocklistRequest {
  return { operation: 'block', targets: [target], whenClosed: 'refuse', ...said };
}

function waIdsOf(targets: readonly Target[]): readonly WaId[] {
  return targets.flatMap(({ ref }) => (ref.kind === 'user' ? [ref.waId] : []));
}

function namedByUserId(targets: readonly Target[]) {
  return targets.flatMap(({ input, ref }) =>
    ref.kind === 'user' && ref.by === 'user_id' ? [{ waId: ref.waId, userId: input }] : [],
  );
}

/** A user of their own for each target, so that each finds its own answer. */
function userOf(target: Target | undefined): User {
  if (target === undefined) throw new Error('there is no such target');
  const { input, ref } = target;
  return ref.kind === 'user' && ref.by === 'user_id' ? { userId: input } : { phone: input };
}

/** What a row of the list would call this user. */
function nameOf(user: User): string {
  if (typeof user === 'string') return user;
  return 'userId' in user ? user.userId : user.phone.normalize('NFKC').replace(/\D/g, '').replace(/^00/, '');
}

/** In these countries a `wa_id` is not always the number that is dialled: Mexico, Argentina, Brazil. */
function hasOtherSpellings(name: string): boolean {
  return /^5[245]/.test(name);
}

async function changedBy(
  client: BlockUsersClient,
  operation: 'block' | 'unblock',
  users: readonly User[],
  patienceMs: number | undefined,
) {
  const options = patienceOf(patienceMs);
  if (operation === 'unblock') {
    const { unblocked, refused } = await client.unblock(users, options);
    return { changed: unblocked, refused };
  }
  const { blocked, refused } = await client.block(users, options);
  return { changed: blocked, refused };
}

function patienceOf(patienceMs: number | undefined): { deadlineMs?: number; retries?: number } {
  return patienceMs === undefined ? {} : { deadlineMs: patienceMs, retries: 10 };
}

function doneAs(waId: string | null): Outcome {
  const own = waId === null ? null : readWaId(waId);
  return { done: true, changed: true, ...(own !== null && { waId: own }) };
}

function refusedWith({ reason, code, message, details }: Refusal): Outcome {
  return { done: false, reason, words: { code, message, details } };
}

function failed(operation: 'block' | 'unblock'): Outcome {
  const details = `The user was not ${operation}ed: the platform has failed to, and its list shows it. Try again.`;
  return { done: false, reason: 'failed', words: { ...internal, details } };
}

function unknown(operation: 'block' | 'unblock'): Outcome {
  const details = `Whether the user was ${operation}ed is not known: the platform gave no answer. Try again: it is safe to repeat.`;
  return { done: false, reason: 'unknown', words: { ...internal, details } };
}

const internal = { code: requestErrors.internal.code, message: requestErrors.internal.title };

function failureOf(error: BlockhouseError): PlatformFailure {
  const hasHint = error instanceof RateLimitError || error instanceof CircuitOpen;
  return new PlatformFailure(error, hasHint ? error.retryAfterMs : null);
}

async function asFailure<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof BlockhouseError ? failureOf(error) : error;
  }
}

function isOver(user: UserFacts | undefined, atMs: number): boolean {
  const untilMs = user?.block?.untilMs ?? null;
  return untilMs !== null && untilMs <= atMs;
}

/** The facts, corrected by who is on the platform's list. */
function asOn(
  { names }: LiveList,
  facts: Facts,
  users: readonly WaId[],
  userIds: readonly (string | null)[],
): Facts {
  const corrected = new Map(facts.users);
  users.forEach((waId, index) => {
    const user = facts.users.get(waId);
    if (user === undefined) return;
    const userId = userIds[index] ?? null;
    const blocked = names.has(String(waId)) || (userId !== null && names.has(userId));
    corrected.set(waId, { ...user, blocked, block: blocked ? user.block : null });
  });
  return { ...facts, users: corrected };
}
