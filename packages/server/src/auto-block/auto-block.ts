import {
  type AutoBlockInput,
  type AutoBlockRule,
  allActivity,
  type BlocksLeft,
  type CompiledRules,
  countryOf,
  hourMs,
  type MessageSignals,
  type NumberRecord,
  type RuleEffect,
  type RuleMatch,
  type Store,
  type WaId,
} from '@blockhouse/engine';
import { BoundedMap } from '../shared/bounded-map.ts';
import { isPlaceholder } from '../users/names.ts';
import { Content } from './content.ts';
import { renderNotice } from './notice.ts';
import type { RuleBook } from './rule-book.ts';
import { hashKey, SlidingCounts } from './sliding-counts.ts';

/** A message that comes in. */
export interface IncomingMessage {
  readonly id: string;
  readonly from: WaId;
  readonly name: string | null;
  /** As it came: `type` and the fields of that type. */
  readonly content: Readonly<Record<string, unknown>>;
}

/** The outcomes of messages, for the counts. */
interface Judged {
  readonly matches: readonly RuleMatch[];
  /** Messages of users whom the business does not know. */
  readonly newSenders: number;
}

/** A match whose effect is committed. */
export interface SettledMatch extends RuleMatch {
  readonly numberId: string;
  readonly rule: AutoBlockRule;
  readonly atMs: number;
}

/** Numbers whose blocks of the last hour are known. */
const numbersMax = 10_000;

/** Effects of rules on numbers that webhooks have reported. */
const reportedMax = 10_000;

/**
 * Gathers the input of auto-block rules: the contents of messages, counts, and facts of other numbers. Counts
 * are of this process: with several servers, each counts what it receives.
 */
export class AutoBlock {
  readonly #book: Pick<RuleBook, 'current'>;
  readonly #store: Store;
  readonly #onMatch: (match: SettledMatch) => void;
  readonly #counts = new Map<string, SlidingCounts>();
  /** The rules that messages are counted for. */
  #counted: CompiledRules | null = null;
  /** Blocks of rules within the hour, by number and rule, from what the store knew when the number was first used. */
  readonly #blocks = new SlidingCounts(hourMs);
  readonly #seeded = new BoundedMap<string, Promise<void>>(numbersMax);
  /** When a webhook last reported an effect of a rule on a number. */
  readonly #reportedAtMs = new BoundedMap<string, number>(reportedMax);

  /** @param options.onMatch told what each rule matched, after it was committed. */
  constructor(options: {
    book: Pick<RuleBook, 'current'>;
    store: Store;
    onMatch: (match: SettledMatch) => void;
  }) {
    this.#book = options.book;
    this.#store = options.store;
    this.#onMatch = options.onMatch;
  }

  /** Counts messages, and gathers the input of the rules; null: there are no rules. */
  async prepare(
    { id }: NumberRecord,
    messages: readonly (IncomingMessage | null)[],
    atMs: number,
  ): Promise<AutoBlockInput | null> {
    const rules = await this.#book.current();
    if (rules.rules.length === 0) return null;
    if (rules !== this.#counted) this.#dropCounts(rules);
    const users = [...new Set(messages.flatMap((message) => message?.from ?? []))];
    const { needs } = rules;
    const blockedElsewhere = needs.blockedElsewhere ? await this.#blockedElsewhere(id, users) : new Set();
    const unblockedAtMs = needs.unblocked ? await this.#unblockedAt(id, users) : new Map<WaId, number>();
    await this.#seed(id, atMs);
    const signals = messages.map((message): MessageSignals | null => {
      if (message === null) return null;
      const { from, name } = message;
      const content = new Content(message.content, name);
      return {
        country: isPlaceholder(from) ? null : countryOf(String(from)),
        content,
        counts: this.#count(rules, id, { from, content, atMs }),
        isBlockedElsewhere: blockedElsewhere.has(from),
        unblockedAtMs: unblockedAtMs.get(from) ?? null,
      };
    });
    const isDue = (ruleId: string, effect: RuleEffect) => this.#isNews(`${id} ${ruleId} ${effect}`, atMs);
    return {
      rules,
      blocksLeft: this.#blocksLeft(id, atMs),
      notices: { isDue, render: renderNotice },
      signals,
    };
  }

  /** Counts what rules have done, once it is committed. */
  settle(
    { id }: NumberRecord,
    { rules: { rules } }: AutoBlockInput,
    { matches, newSenders }: Judged,
    atMs: number,
  ): void {
    for (const match of matches) {
      if (match.effect === 'block') this.#blocks.add(hashKey(`${id} ${match.ruleId}`), atMs);
      const effect = `${id} ${match.ruleId} ${match.effect}`;
      if (this.#isNews(effect, atMs)) this.#reportedAtMs.set(effect, atMs);
      const rule = rules.find((compiled) => compiled.rule.id === match.ruleId)?.rule;
      if (rule !== undefined) this.#onMatch({ ...match, numberId: id, rule, atMs });
    }
    if (newSenders === 0) return;
    for (const [name, counts] of this.#counts)
      if (name.startsWith('new_senders ')) counts.add(hashKey(id), atMs, newSenders);
  }

  /** Also when the clock was moved back. */
  #isNews(effect: string, atMs: number): boolean {
    const reportedAtMs = this.#reportedAtMs.get(effect);
    return reportedAtMs === undefined || Math.abs(atMs - reportedAtMs) >= hourMs;
  }

  /** Counted when a rule first matches, and then the same for the whole decision. */
  #blocksLeft(numberId: string, atMs: number): BlocksLeft {
    const known = new Map<string, number>();
    return ({ id, blocks_per_hour: max }) => {
      let left = known.get(id);
      if (left === undefined) {
        left = max - this.#blocks.get(hashKey(`${numberId} ${id}`), atMs);
        known.set(id, left);
      }
      return left;
    };
  }

  #count(
    { counters }: CompiledRules,
    numberId: string,
    { from, content, atMs }: { from: WaId; content: Content; atMs: number },
  ): number[] {
    return counters.map(({ of, spanMs }) => {
      const counts = this.#countsOf(`${of} ${spanMs}`, spanMs);
      if (of === 'sender') return counts.add(hashKey(`${numberId} ${from}`), atMs);
      // New senders are counted after the decision, so this message is not counted yet.
      if (of === 'new_senders') return counts.get(hashKey(numberId), atMs) + 1;
      const { fingerprint } = content;
      if (fingerprint === null) return 0;
      const seen = this.#countsOf(`seen ${spanMs}`, spanMs);
      const isFirst = seen.add(hashKey(`${numberId} ${from} ${fingerprint}`), atMs) === 1;
      return counts.add(hashKey(`${numberId} ${fingerprint}`), atMs, isFirst ? 1 : 0);
    });
  }

  /** Drops the counts that no rule needs any more. */
  #dropCounts(rules: CompiledRules): void {
    this.#counted = rules;
    const needed = new Set(rules.counters.flatMap(({ of, spanMs }) => [`${of} ${spanMs}`, `seen ${spanMs}`]));
    for (const name of this.#counts.keys()) if (!needed.has(name)) this.#counts.delete(name);
  }

  #countsOf(name: string, spanMs: number): SlidingCounts {
    let counts = this.#counts.get(name);
    if (counts === undefined) {
      counts = new SlidingCounts(spanMs);
      this.#counts.set(name, counts);
    }
    return counts;
  }

  /** Blocks that rules have placed before this process began, so that a restart gives no rule another hour's worth. */
  #seed(numberId: string, atMs: number): Promise<void> {
    let seeded = this.#seeded.get(numberId);
    if (seeded === undefined) {
      seeded = this.#readBlocks(numberId, atMs);
      this.#seeded.set(numberId, seeded);
      seeded.catch(() => this.#seeded.delete(numberId));
    }
    return seeded;
  }

  async #readBlocks(numberId: string, atMs: number): Promise<void> {
    const hours = await this.#store.ruleCounts(numberId, atMs - hourMs, atMs + 1);
    for (const { ruleId, acted } of hours) this.#blocks.add(hashKey(`${numberId} ${ruleId}`), atMs, acted);
  }

  async #blockedElsewhere(numberId: string, users: readonly WaId[]): Promise<ReadonlySet<WaId>> {
    const others = (await this.#store.numbers()).filter(({ id }) => id !== numberId);
    const facts = await Promise.all(others.map(({ id }) => this.#store.facts(id, users)));
    return new Set(facts.flatMap((one) => users.filter((waId) => one.users.get(waId)?.blocked)));
  }

  async #unblockedAt(numberId: string, users: readonly WaId[]): Promise<ReadonlyMap<WaId, number>> {
    const query = { ...allActivity, operation: 'unblock', outcome: 'done', count: 1 } as const;
    const found = await Promise.all(
      users.map(async (waId) => {
        const [latest] = await this.#store.activity(numberId, { ...query, waId });
        return latest === undefined ? [] : [[waId, latest.atMs] as const];
      }),
    );
    return new Map(found.flat());
  }
}
