import {
  type AutoBlockRule,
  type BlockFacts,
  batchMax,
  blockNoteOf,
  type Clock,
  hourMs,
  type NumberRecord,
  type RuleAction,
  type RuleSet,
  readSpan,
  type StandingBlock,
  type Store,
  type Target,
  type WaId,
} from '@blockhouse/engine';
import type { FastifyBaseLogger } from 'fastify';
import type { SettledMatch } from '../auto-block/auto-block.ts';
import { KeyedWorkers, type NextRun } from '../shared/keyed-workers.ts';
import { isPlaceholder } from '../users/names.ts';
import { PlatformFailure } from './platform.ts';
import type { Platforms } from './platforms.ts';
import { usersOfRule } from './users-of-rule.ts';

/** A user whom a rule has blocked on one number, and is to block on all others. */
interface RuleBlock {
  readonly ruleId: string;
  readonly numberId: string;
  readonly waId: WaId;
  readonly note: string;
  /** When the block ends, in milliseconds since 1970; null: never by itself. */
  readonly untilMs: number | null;
}

/** The worker that hands new blocks out to the workers of the numbers. */
const distribution = '*';

/** How far back blocks are looked for that an earlier process has not carried to all numbers. */
const recoveryMs = hourMs;

/**
 * Carries the blocks of rules with `numbers: "*"` to all other numbers: as blocks where the user has written, and as
 * standing blocks elsewhere. Blocks that are on their way are in memory. After a restart, they are found again by the
 * activity of the last hour: a number that has none of a rule about a user has not been reached.
 */
export class RuleSpread {
  readonly #store: Store;
  readonly #platforms: Platforms;
  readonly #clock: Clock;
  readonly #workers: KeyedWorkers;
  #added: RuleBlock[] = [];
  readonly #pending = new Map<string, RuleBlock[]>();

  constructor(options: { store: Store; platforms: Platforms; clock: Clock; log: FastifyBaseLogger }) {
    this.#store = options.store;
    this.#platforms = options.platforms;
    this.#clock = options.clock;
    this.#workers = new KeyedWorkers({
      work: (key) => (key === distribution ? this.#distribute() : this.#place(key)),
      onError: (error, number) =>
        options.log.error({ err: error, number }, 'blocks of rules could not be carried to other numbers'),
    });
  }

  /** Takes a match whose effect is committed, and carries its block to the other numbers if the rule says so. */
  add({ rule, effect, numberId, waId, atMs }: SettledMatch): void {
    // The placeholder of a hidden phone means nobody on other numbers.
    if (effect !== 'block' || !blocksEverywhere(rule.action) || isPlaceholder(waId)) return;
    const spanMs = rule.action.for === undefined ? null : readSpan(rule.action.for);
    const untilMs = spanMs === null ? null : atMs + spanMs;
    this.#added.push({ ruleId: rule.id, numberId, waId, note: blockNoteOf(rule), untilMs });
    void this.#workers.run(distribution);
  }

  /** Finds the blocks that an earlier process has left on their way. */
  async recover({ rules }: RuleSet): Promise<void> {
    const sinceMs = this.#clock() - recoveryMs;
    const numbers = await this.#store.numbers();
    for (const rule of rules) {
      if (!blocksEverywhere(rule.action)) continue;
      const reached = new Map<string, ReadonlySet<WaId>>();
      for (const { id } of numbers)
        reached.set(id, await usersOfRule(this.#store, id, { ruleId: rule.id, sinceMs }));
      for (const block of await this.#stillBlocked(rule, reached))
        for (const { id } of numbers) if (!reached.get(id)?.has(block.waId)) this.#enqueue(id, block);
    }
    for (const id of this.#pending.keys()) void this.#workers.run(id);
  }

  async close(): Promise<void> {
    await this.#workers.close();
  }

  /** Users whom a rule has blocked somewhere, and who are still blocked by it there. */
  async #stillBlocked(
    rule: AutoBlockRule,
    reached: ReadonlyMap<string, ReadonlySet<WaId>>,
  ): Promise<readonly RuleBlock[]> {
    const blocks = new Map<WaId, RuleBlock>();
    for (const [numberId, users] of reached) {
      const named = [...users].filter((waId) => !isPlaceholder(waId));
      for (let start = 0; start < named.length; start += batchMax) {
        const facts = await this.#store.facts(numberId, named.slice(start, start + batchMax));
        for (const [waId, { block, standing }] of facts.users) {
          const found = [block, standing].find((one) => one != null && placedBy(one) === rule.id);
          if (found != null)
            blocks.set(waId, {
              ruleId: rule.id,
              numberId,
              waId,
              note: blockNoteOf(rule),
              untilMs: found.untilMs,
            });
        }
      }
    }
    return [...blocks.values()];
  }

  async #distribute(): Promise<NextRun> {
    const numbers = await this.#store.numbers();
    const added = this.#added;
    this.#added = [];
    for (const { id } of numbers) {
      const others = added.filter(({ numberId }) => numberId !== id);
      for (const block of others) this.#enqueue(id, block);
      if (others.length > 0) void this.#workers.run(id);
    }
    return null;
  }

  #enqueue(numberId: string, block: RuleBlock): void {
    const queue = this.#pending.get(numberId);
    if (queue === undefined) this.#pending.set(numberId, [block]);
    else queue.push(block);
  }

  /** Places the blocks that wait for a number. Those that its platform did not answer are tried again. */
  async #place(numberId: string): Promise<NextRun> {
    const number = await this.#store.number(numberId);
    if (number === null) {
      this.#pending.delete(numberId);
      return null;
    }
    for (let queue = this.#pending.get(numberId) ?? []; queue.length > 0; ) {
      const [first] = queue;
      const batch = queue.filter(({ ruleId }) => ruleId === first?.ruleId).slice(0, batchMax);
      if (!(await this.#placeBatch(number, batch))) return 'retry';
      const done = new Set(batch);
      queue = (this.#pending.get(numberId) ?? []).filter((block) => !done.has(block));
      this.#pending.set(numberId, queue);
    }
    this.#pending.delete(numberId);
    return null;
  }

  /** Blocks users of one rule on a number, unless they are blocked there already. Answers whether its platform answered. */
  async #placeBatch(number: NumberRecord, batch: readonly RuleBlock[]): Promise<boolean> {
    const facts = await this.#store.facts(
      number.id,
      batch.map(({ waId }) => waId),
    );
    const open = batch.filter(({ waId }) => {
      const user = facts.users.get(waId);
      return user === undefined || (!user.blocked && user.standing === null);
    });
    const [first] = open;
    if (first === undefined) return true;
    try {
      await this.#platforms.of(number).change(
        {
          operation: 'block',
          numberId: number.id,
          actor: { keyId: first.ruleId, person: null, source: 'rule' },
          whenClosed: 'standing',
        },
        open.map(targetOf),
      );
      return true;
    } catch (error) {
      if (error instanceof PlatformFailure) return false;
      throw error;
    }
  }
}

function blocksEverywhere(action: RuleAction): action is Extract<RuleAction, { type: 'block' }> {
  return action.type === 'block' && action.numbers === '*';
}

/** The key or the rule that has placed a block. */
function placedBy(block: BlockFacts | StandingBlock): string {
  return 'cause' in block ? block.cause.keyId : block.keyId;
}

function targetOf({ waId, note, untilMs }: RuleBlock): Target {
  const terms = { note, ...(untilMs !== null && { untilMs }) };
  return { input: String(waId), ref: { kind: 'user', waId, by: 'phone' }, terms };
}
