import {
  type BlocklistRequest,
  type BlockTerms,
  type Clock,
  decideAnswered,
  decideExpiry,
  hasExpired,
  isLost,
  type NumberRecord,
  type Outcome,
  type StandingBlock,
  type Store,
  type Target,
  type WaId,
} from '@blockhouse/engine';
import type { UserDirectory } from '../../users/directory.ts';
import { PlatformFailure } from '../platform.ts';
import type { MetaOutcomes } from './ask-meta.ts';
import type { Notes } from './notes.ts';
import { targetsFor } from './targets-for.ts';

/** Expired blocks that are ended in one request. */
const usersPerRequest = 1000;

/**
 * How long to wait after the platform has failed to end a block, and after it has refused to: its user may have left
 * WhatsApp.
 */
const retryMs = 15_000;
const refusedRetryMs = 60 * 60 * 1000;

/** Changes at Meta in the background, where no caller waits: blocks that expire, and standing blocks that are triggered. */
export class BackgroundChanges {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #names: UserDirectory;
  readonly #answers: MetaOutcomes;
  readonly #notes: Notes;
  readonly #deadlineMs: number;

  constructor(options: {
    store: Store;
    clock: Clock;
    names: UserDirectory;
    answers: MetaOutcomes;
    notes: Notes;
    deadlineMs: number;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#names = options.names;
    this.#answers = options.answers;
    this.#notes = options.notes;
    this.#deadlineMs = options.deadlineMs;
  }

  /** Ends the blocks that have expired. Answers when to try again, in milliseconds; null: nothing is left. */
  async expire(number: NumberRecord): Promise<number | null> {
    const atMs = this.#clock();
    while (true) {
      const users = await this.#store.expired(number.id, atMs, usersPerRequest);
      if (users.length === 0) return null;
      await this.#store.change(number.id, { users }, (facts) => decideExpiry(facts, atMs));
      const facts = await this.#store.facts(number.id, users);
      const expired = users.filter((waId) => hasExpired(facts.users.get(waId)?.block ?? null, atMs));
      const againMs = expired.length === 0 ? null : await this.#end(number, expired);
      if (againMs !== null) return againMs;
    }
  }

  /** Blocks users whose messages have triggered their standing blocks. Answers whether all of them are settled. */
  async place(number: NumberRecord, users: readonly WaId[]): Promise<boolean> {
    const asked = await targetsFor(this.#names, number, users);
    const answered = await this.#unlessFailed(number, 'block', asked);
    // The answer may have shown other names of the users.
    const targets = await this.#names.refresh(number, asked);
    const settled = targets.flatMap((target, index) => {
      const outcome = answered[index];
      return outcome === undefined || isLost(outcome) ? [] : [{ target, outcome }];
    });
    const atMs = this.#clock();
    const unwanted: (typeof targets)[number][] = [];
    for (const { target, outcome } of settled) {
      const { waId } = target.ref;
      const isWanted = await this.#store.change(number.id, { users: [waId] }, (facts) => {
        const user = facts.users.get(waId);
        const standing = user?.standing;
        if (!standing) return { answer: user?.blocked === true, change: null };
        const request: BlocklistRequest = {
          operation: 'block',
          targets: [target],
          actor: { ...standing.cause, source: standing.cause.source === 'rule' ? 'rule' : 'standing' },
          terms: termsOf(standing),
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
    this.#notes.forget(number.id);
    return settled.length === users.length;
  }

  /** Ends blocks at the platform, then here. Answers when to try those that are left again; null: none is left. */
  async #end(number: NumberRecord, users: readonly WaId[]): Promise<number | null> {
    const asked = await targetsFor(this.#names, number, users);
    const answered = await this.#unlessFailed(number, 'unblock', asked);
    const targets = await this.#names.refresh(number, asked);
    const ended = targets.filter((_, index) => answered[index]?.done).map(({ ref }) => ref.waId);
    if (ended.length > 0) await this.#notes.remove(number, ended, { source: 'until' });
    if (ended.length === users.length) return null;
    const isRefused = answered.length > 0 && answered.every((outcome) => outcome.done || !isLost(outcome));
    return isRefused ? refusedRetryMs : retryMs;
  }

  /** The platform's answers; none when it has refused or was not reached. */
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
}

/**
 * The terms of a standing block that is triggered. A term that it leaves open keeps the value of a block that exists.
 */
function termsOf({ cause: { note }, untilMs }: StandingBlock): BlockTerms {
  return { ...(note !== null && { note }), ...(untilMs !== null && { untilMs }) };
}
