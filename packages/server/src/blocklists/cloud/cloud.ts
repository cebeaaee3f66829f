import { type BlockedUser, BlockhouseError, type Page, type PageOptions } from '@blockhouse/client';
import {
  type BlocklistRequest,
  type Clock,
  decideAnswered,
  decideBlocklist,
  type NumberRecord,
  NumberUnknown,
  type Outcome,
  type Store,
  type Target,
  type WaId,
  waIdsOf,
} from '@blockhouse/engine';
import { Attempts, type PlatformAnswer } from '../../meta-client/attempts.ts';
import type { MetaClients } from '../../meta-client/clients.ts';
import type { UserDirectory } from '../../users/directory.ts';
import {
  type BlocklistCall,
  type Platform,
  PlatformFailure,
  refusalTextOfFailure,
  setsEnd,
  type UserStatus,
} from '../platform.ts';
import { failureOf, MetaOutcomes } from './ask-meta.ts';
import { BackgroundChanges } from './background-changes.ts';
import { correctFacts, emptyList, unnamed } from './live-facts.ts';
import { isListed, type LiveList, LiveLists } from './live-list.ts';
import { type LiveRow, Notes } from './notes.ts';

/** How long the list may be asked for when it only says who needs no standing block. */
const glanceMs = 3_000;

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
  readonly #background: BackgroundChanges;
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
    this.#notes = new Notes(options);
    this.#background = new BackgroundChanges({ ...options, answers: this.#answers, notes: this.#notes });
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
    return await this.#background.expire(await this.#numberOf(numberId));
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
    return await this.#notes.joinAll(number, list, askedAtMs);
  }

  /** Rows of a page of the list, with what is known here of each. */
  withNotes(number: NumberRecord, listed: readonly BlockedUser[]): Promise<readonly LiveRow[]> {
    return this.#notes.join(number, listed);
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

  /** Blocks users whose messages have triggered their standing blocks. Answers whether all of them are settled. */
  async place(numberId: string, users: readonly WaId[]): Promise<boolean> {
    const isSettled = await this.#background.place(await this.#numberOf(numberId), users);
    this.#onEnd(numberId);
    return isSettled;
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
    if (operation === 'block') await this.#removeUnlisted(number, [...new Set(waIdsOf(kept))]);
    try {
      const { deadlineMs = this.#deadlineMs, ...asking } = call;
      const answered = await this.#answers.of(number, operation, kept, { ...asking, deadlineMs });
      // The answer may have shown other names of the users.
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

  /** Users who were unblocked elsewhere are not blocked again: no note on the earlier block stays. */
  async #removeUnlisted(number: NumberRecord, users: readonly WaId[]): Promise<void> {
    const facts = await this.#store.facts(number.id, users);
    const noted = users.filter((waId) => facts.users.get(waId)?.blocked);
    const list = noted.length === 0 ? null : await this.#glance(number);
    if (list !== null) await this.#notes.removeUnlisted(number, list, noted);
  }

  /** Standing blocks are placed here. The live list shows the users who are blocked and need none. */
  async #decideHere(
    number: NumberRecord,
    call: BlocklistCall,
    targets: readonly Target[],
  ): Promise<readonly Outcome[]> {
    const kept = call.operation === 'withdraw' ? targets : await this.#names.recordTargets(number, targets);
    const users = [...new Set(waIdsOf(kept))];
    // Without the list, no user counts as blocked: a standing block too many does no harm.
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

  async #numberOf(numberId: string): Promise<NumberRecord> {
    const number = await this.#store.number(numberId);
    if (number === null) throw new NumberUnknown(numberId);
    return number;
  }
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
