import { type BlockedUser, BlockhouseError, type Page, type PageOptions } from '@blockhouse/client';
import {
  type BlockDetails,
  type BlocklistRequest,
  type BlockTerms,
  type Clock,
  decideAnswered,
  decideBlocklist,
  decideExpiry,
  decideRemovedElsewhere,
  hasExpired,
  isLost,
  type NumberRecord,
  NumberUnknown,
  type Outcome,
  type RemovedElsewhere,
  type StandingBlock,
  type Store,
  type Target,
  type WaId,
  waIdsOf,
} from '@blockhouse/engine';
import { Attempts, type PlatformAnswer } from '../../meta-client/attempts.ts';
import type { MetaClients } from '../../meta-client/clients.ts';
import type { UserDirectory } from '../../users/directory.ts';
import { shownWaId } from '../../users/names.ts';
import {
  type BlocklistCall,
  type Platform,
  PlatformFailure,
  refusalTextOfFailure,
  setsEnd,
  type UserStatus,
} from '../platform.ts';
import { failureOf, MetaOutcomes } from './ask-meta.ts';
import { correctFacts, emptyList, unnamed } from './live-facts.ts';
import { isListed, type LiveList, LiveLists, wouldBeFound } from './live-list.ts';
import { Notes } from './notes.ts';

/** Expired blocks that are ended in one request. */
const overdueAtOnce = 1000;

/** A platform's list may show a change a little late: who was blocked this recently and is not on it is not gone. */
const settleMs = 60_000;

/** How long to wait after the platform has failed to end a block, and after it has refused to: its user may have left WhatsApp. */
const retryMs = 15_000;
const refusedRetryMs = 60 * 60 * 1000;

/** How long the list may be asked for when it only says who needs no standing block. */
const glanceMs = 3_000;

/** A row of the live list, with what is known of it here; null: it was blocked elsewhere. */
export interface LiveRow {
  /** As the platform names them. */
  readonly shownWaId: string | null;
  readonly userId: string | null;
  readonly note: BlockDetails | null;
}

/**
 * The `cloud` platform: the list is Meta's, who enforces it, and every read of it is live. The store keeps notes
 * beside that list (person, reason and expiry), standing blocks and activity.
 */
export class CloudPlatform implements Platform {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #metaClients: MetaClients;
  readonly #names: UserDirectory;
  readonly #lists: LiveLists;
  readonly #answers: MetaOutcomes;
  readonly #notes: Notes;
  readonly #deadlineMs: number;
  readonly #onEnd: (numberId: string) => void;

  /**
   * @param options.deadlineMs how long a caller waits who does not say otherwise.
   * @param options.onEnd called when something on a number ends by itself at a time that is new.
   */
  constructor(options: {
    store: Store;
    clock: Clock;
    metaClients: MetaClients;
    names: UserDirectory;
    deadlineMs: number;
    onEnd: (numberId: string) => void;
  }) {
    const { store, metaClients, names } = options;
    this.#store = store;
    this.#clock = options.clock;
    this.#metaClients = metaClients;
    this.#names = names;
    this.#lists = new LiveLists(metaClients);
    this.#answers = new MetaOutcomes({ metaClients, names, lists: this.#lists, clock: options.clock });
    this.#notes = new Notes(store);
    this.#deadlineMs = options.deadlineMs;
    this.#onEnd = options.onEnd;
  }

  async change(call: BlocklistCall, targets: readonly Target[]): Promise<readonly Outcome[]> {
    const number = await this.#numberOf(call.numberId);
    const isAsked = call.operation === 'block' || call.operation === 'unblock';
    const outcomes = isAsked
      ? await this.#ask(number, call, targets)
      : await this.#decideHere(number, call, targets);
    this.#notes.forget(number.id);
    if (setsEnd(call, targets)) this.#onEnd(number.id);
    return outcomes;
  }

  async expire(numberId: string): Promise<number | null> {
    const number = await this.#numberOf(numberId);
    const atMs = this.#clock();
    while (true) {
      const users = await this.#store.expired(numberId, atMs, overdueAtOnce);
      if (users.length === 0) return null;
      await this.#store.change(numberId, { users }, (facts) => decideExpiry(facts, atMs));
      const facts = await this.#store.facts(numberId, users);
      const over = users.filter((waId) => hasExpired(facts.users.get(waId)?.block ?? null, atMs));
      const againMs = over.length === 0 ? null : await this.#end(number, over);
      if (againMs !== null) return againMs;
    }
  }

  async readUser(numberId: string, user: WaId): Promise<UserStatus> {
    const number = await this.#numberOf(numberId);
    const facts = await this.#store.facts(numberId, [user]);
    try {
      const list = await this.#lists.read(number, this.#deadlineMs);
      const names = await this.#names.rowNames(number, [user]);
      const isVariant = isListed(list, names.get(user) ?? unnamed) === 'variant';
      return { facts: correctFacts(list, facts, names), platformFails: false, isVariant };
    } catch (error) {
      if (!(error instanceof BlockhouseError)) throw error;
      // A note proves nothing about the list there.
      const unsure = correctFacts(emptyList, facts, new Map([[user, unnamed]]));
      return { facts: unsure, platformFails: true, isVariant: false };
    }
  }

  /**
   * One page of the list, as the platform gives it; its cursors and its 139102 are its own.
   * @param version the version of the Graph API that the caller has named; null: it has named none.
   * @throws PlatformFailure
   */
  async list(
    numberId: string,
    options: PageOptions,
    version?: string | null,
  ): Promise<{ readonly page: Page; readonly answer: PlatformAnswer }> {
    const number = await this.#numberOf(numberId);
    const attempts = new Attempts();
    const client = this.#metaClients.client(number, { attempts, version });
    const page = await asFailure(() => client.list(options, { deadlineMs: this.#deadlineMs }), attempts);
    if (attempts.answer === null) throw new Error('a page was read from no answer');
    return { page, answer: attempts.answer };
  }

  /**
   * The whole list, live, in its own order, with what is known here of each row. Notes on users who are no longer on
   * it are removed. @throws PlatformFailure
   */
  async rows(numberId: string): Promise<readonly LiveRow[]> {
    const number = await this.#numberOf(numberId);
    const askedAtMs = this.#clock();
    const list = await asFailure(() => this.#lists.read(number), new Attempts());
    const notes = await this.#notes.of(numberId);
    const rows = await this.withNotes(number, list.rows);
    const found = new Set(rows.flatMap(({ note }) => note?.waId ?? []));
    const gone = [...notes.values()]
      .filter(({ waId, blockedAtMs }) => !found.has(waId) && blockedAtMs < askedAtMs - settleMs)
      .map(({ waId }) => waId);
    if (gone.length > 0)
      await this.#forgetUsers(number, gone, { source: 'elsewhere', sinceBeforeMs: askedAtMs - settleMs });
    return rows;
  }

  /** Rows of the list with what is known here of each: mostly under the row's own phone, else under any name of its user. */
  async withNotes(number: NumberRecord, listed: readonly BlockedUser[]): Promise<readonly LiveRow[]> {
    const notes = await this.#notes.of(number.id);
    const noteOf = new Map<string, BlockDetails>();
    for (const { waId } of listed) {
      const note = waId === null ? undefined : notes.get(Number(waId));
      if (waId !== null && note !== undefined) noteOf.set(waId, note);
    }
    const left = [...notes.values()].filter(({ waId }) => !noteOf.has(String(waId)));
    const users = left.map(({ waId }) => waId);
    const names = await this.#names.rowNames(number, users);
    for (const note of left) {
      const { known, variants } = names.get(note.waId) ?? unnamed;
      for (const name of [...known, ...variants]) if (!noteOf.has(name)) noteOf.set(name, note);
    }
    return listed.map(({ waId, userId }) => ({
      shownWaId: waId,
      userId,
      note: (waId !== null && noteOf.get(waId)) || (userId !== null && noteOf.get(userId)) || null,
    }));
  }

  /** Differs from that of any moment at which Meta's list was another one; null: it cannot be told, or nobody answers. */
  async mark(number: NumberRecord): Promise<string | null> {
    try {
      return await this.#lists.mark(number);
    } catch (error) {
      if (error instanceof BlockhouseError) return null;
      throw error;
    }
  }

  /** Blocks users whose standing blocks their messages have met; answers whether all of them are settled. */
  async place(numberId: string, users: readonly WaId[]): Promise<boolean> {
    const number = await this.#numberOf(numberId);
    const asked = await this.#targetsOf(number, users);
    const answered = await this.#unlessFailed(number, 'block', asked);
    // The answer may have told who is meant.
    const targets = await this.#names.refresh(number, asked);
    const settled = targets.flatMap((target, index) => {
      const outcome = answered[index];
      return outcome === undefined || isLost(outcome) ? [] : [{ target, outcome }];
    });
    const atMs = this.#clock();
    const unwanted: (typeof targets)[number][] = [];
    for (const { target, outcome } of settled) {
      const { waId } = target.ref;
      const isWanted = await this.#store.change(numberId, { users: [waId] }, (facts) => {
        const user = facts.users.get(waId);
        const order = user?.standing;
        if (!order) return { answer: user?.blocked === true, change: null };
        const request: BlocklistRequest = {
          operation: 'block',
          targets: [target],
          actor: { ...order.cause, source: 'standing' },
          terms: saidBy(order),
          whenClosed: 'refuse',
          atMs,
        };
        const own: Outcome = outcome.done ? { done: true, changed: true } : outcome;
        return { answer: true, change: decideAnswered(facts, request, [own]).change };
      });
      if (outcome.done && !isWanted) unwanted.push(target);
    }
    // The standing block was withdrawn while Meta was asked, so the resulting block is ended.
    if (unwanted.length > 0) await this.#unlessFailed(number, 'unblock', unwanted);
    this.#notes.forget(numberId);
    this.#onEnd(numberId);
    return settled.length === users.length;
  }

  /** The list that was read is out of date. */
  forget(numberId: string): void {
    this.#lists.forget(numberId);
    this.#notes.forget(numberId);
  }

  async #ask(
    number: NumberRecord,
    call: BlocklistCall,
    targets: readonly Target[],
  ): Promise<readonly Outcome[]> {
    const operation = call.operation === 'block' ? 'block' : 'unblock';
    const kept = operation === 'block' ? await this.#names.recordTargets(number, targets) : targets;
    if (operation === 'block') await this.#forgetGone(number, [...new Set(waIdsOf(kept))]);
    try {
      const { deadlineMs = this.#deadlineMs, ...asking } = call;
      const answered = await this.#answers.of(number, operation, kept, { ...asking, deadlineMs });
      // The answer may have told who is meant.
      return await this.#write(number, call, await this.#names.refresh(number, kept), answered);
    } catch (error) {
      if (error instanceof PlatformFailure) {
        const failed: Outcome = { done: false, reason: 'failed', text: refusalTextOfFailure(error) };
        await this.#write(
          number,
          call,
          kept,
          kept.map(() => failed),
        );
      }
      throw error;
    }
  }

  async #write(
    number: NumberRecord,
    call: BlocklistCall,
    targets: readonly Target[],
    answered: readonly Outcome[],
  ): Promise<readonly Outcome[]> {
    const request = requestOf(call, targets, this.#clock());
    const meant = answered.flatMap(({ waId }) => waId ?? []);
    const users = [...new Set([...waIdsOf(targets), ...meant])];
    const outcomes = await this.#store.change(number.id, { users }, (facts) =>
      decideAnswered(facts, request, answered),
    );
    await this.#names.moveWritten(number, targets, request.atMs);
    return outcomes;
  }

  /** Users who were unblocked elsewhere are not blocked again: nothing is kept of the block that is gone. */
  async #forgetGone(number: NumberRecord, users: readonly WaId[]): Promise<void> {
    const facts = await this.#store.facts(number.id, users);
    const noted = users.filter((waId) => facts.users.get(waId)?.blocked);
    const sinceBeforeMs = this.#clock() - settleMs;
    const list = noted.length === 0 ? null : await this.#glance(number);
    if (list === null) return;
    const names = await this.#names.rowNames(number, noted);
    const gone = noted.filter((waId) => {
      const name = names.get(waId) ?? unnamed;
      return wouldBeFound(list, name) && isListed(list, name) === null;
    });
    if (gone.length > 0) await this.#forgetUsers(number, gone, { source: 'elsewhere', sinceBeforeMs });
  }

  /** Standing blocks are ours to place; who is blocked already, and needs none, the live list knows. */
  async #decideHere(
    number: NumberRecord,
    call: BlocklistCall,
    targets: readonly Target[],
  ): Promise<readonly Outcome[]> {
    const kept = call.operation === 'withdraw' ? targets : await this.#names.recordTargets(number, targets);
    const users = [...new Set(waIdsOf(kept))];
    // Where the list cannot be had, nobody is taken for blocked: an order too many does no harm.
    const list = call.operation === 'withdraw' ? null : ((await this.#glance(number)) ?? emptyList);
    const names = await this.#names.rowNames(number, users);
    const request = requestOf(call, kept, this.#clock());
    const outcomes = await this.#store.change(number.id, { users }, (facts) =>
      decideBlocklist(list === null ? facts : correctFacts(list, facts, names), request),
    );
    await this.#names.moveWritten(number, kept, request.atMs);
    return outcomes;
  }

  /** The list, if it can be had soon. */
  async #glance(number: NumberRecord): Promise<LiveList | null> {
    try {
      return await this.#lists.read(number, glanceMs);
    } catch (error) {
      if (error instanceof BlockhouseError) return null;
      throw error;
    }
  }

  /** Ends blocks at the platform, then here; answers after how long those that are left are to be tried again. */
  async #end(number: NumberRecord, users: readonly WaId[]): Promise<number | null> {
    const asked = await this.#targetsOf(number, users);
    const answered = await this.#unlessFailed(number, 'unblock', asked);
    const targets = await this.#names.refresh(number, asked);
    const ended = targets.filter((_, index) => answered[index]?.done).map(({ ref }) => ref.waId);
    if (ended.length > 0) await this.#forgetUsers(number, ended, { source: 'until' });
    if (ended.length === users.length) return null;
    const isRefused = answered.length > 0 && answered.every((outcome) => outcome.done || !isLost(outcome));
    return isRefused ? refusedRetryMs : retryMs;
  }

  /** The platform's answers in the background, where nobody waits; none when it has refused or was not reached. */
  async #unlessFailed(
    number: NumberRecord,
    operation: 'block' | 'unblock',
    targets: readonly Target[],
  ): Promise<readonly Outcome[]> {
    try {
      return await this.#answers.of(number, operation, targets, { deadlineMs: this.#deadlineMs });
    } catch (error) {
      if (error instanceof PlatformFailure) return [];
      throw error;
    }
  }

  async #forgetUsers(
    number: NumberRecord,
    users: readonly WaId[],
    how: { readonly source: 'elsewhere' | 'until'; readonly sinceBeforeMs?: number },
  ): Promise<void> {
    const atMs = this.#clock();
    const gone: readonly RemovedElsewhere[] = (await this.#targetsOf(number, users)).map(
      ({ input, ref }) => ({
        waId: ref.waId,
        input,
      }),
    );
    await this.#store.change(number.id, { users }, (facts) =>
      decideRemovedElsewhere(facts, gone, { atMs, ...how }),
    );
    this.#notes.forget(number.id);
  }

  /** Users that are named by what is kept of them. */
  async #targetsOf(number: NumberRecord, users: readonly WaId[]) {
    const ids = (await this.#names.lookup(number, { waIds: users })).issue(users);
    return users.map((waId, index) => {
      // An ID that Meta knows is better than a phone that it may not tell any more.
      const phone = shownWaId(waId);
      const by = phone === null ? ('user_id' as const) : ('phone' as const);
      return { input: phone ?? ids[index] ?? 'unknown', ref: { kind: 'user' as const, waId, by } };
    });
  }

  async #numberOf(numberId: string): Promise<NumberRecord> {
    const number = await this.#store.number(numberId);
    if (number === null) throw new NumberUnknown(numberId);
    return number;
  }
}

/**
 * The terms of a standing block that is triggered. A term that it leaves open keeps the value of a block that exists.
 */
function saidBy({ cause: { note }, untilMs }: StandingBlock): BlockTerms {
  return { ...(note !== null && { note }), ...(untilMs !== null && { untilMs }) };
}

function requestOf(call: BlocklistCall, targets: readonly Target[], atMs: number): BlocklistRequest {
  const { operation, actor, terms = {}, whenClosed = 'refuse' } = call;
  return { operation, targets, actor, terms, whenClosed, atMs };
}

async function asFailure<Answer>(ask: () => Promise<Answer>, attempts: Attempts): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof BlockhouseError ? failureOf(error, attempts) : error;
  }
}
