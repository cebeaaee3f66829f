import {
  batchMax,
  type CompiledRules,
  compileRules,
  type Facts,
  knownAfterMs,
  MessageJudge,
  type NumberRecord,
  type RuleSet,
  type RuleTerms,
  type Store,
  type UserFacts,
  type WaId,
} from '@blockhouse/engine';
import { AutoBlock, type IncomingMessage } from './auto-block.ts';
import { compileText } from './text-matcher.ts';

/** A message that came in at some time. */
export interface PastMessage extends IncomingMessage {
  readonly number: NumberRecord;
  readonly atMs: number;
}

/** Messages that are shown as examples. */
const samplesMax = 10;

/** The effect that a rule would have had. */
export interface ReplayResult {
  readonly messages: number;
  /** Messages that the rule would have matched. */
  readonly matched: number;
  /** Messages after a block, of users whom the rule would have blocked. */
  readonly dropped: number;
  readonly users: readonly WaId[];
  /** Those of the users who are known to the business. */
  readonly knownUsers: readonly WaId[];
  readonly samples: readonly PastMessage[];
}

/**
 * Tries a rule on messages of the past, in the order of their times. It changes nothing. Users are judged by what the
 * store knows of them now, and by their messages here.
 * @param options.set has the allowlist, and says who is a customer.
 */
export async function replayRule(
  terms: RuleTerms,
  messages: readonly PastMessage[],
  { set, store }: { readonly set: RuleSet; readonly store: Store },
): Promise<ReplayResult> {
  const rule = { ...terms, mode: 'enforce', id: 'rule_draft', version: 1, changedAtMs: 0 } as const;
  const rules: CompiledRules = compileRules({ ...set, rules: [rule] }, compileText);
  const autoBlock = new AutoBlock({ book: { current: async () => rules }, store, onMatch: () => {} });
  const users = await PastUsers.of(messages, store);
  const blocked = new Set<string>();
  const matches: PastMessage[] = [];
  const known = new Set<WaId>();
  let dropped = 0;
  for (const message of messages.toSorted((a, b) => a.atMs - b.atMs)) {
    const { number, from, atMs } = message;
    const name = `${number.id} ${from}`;
    const facts = users.factsOf(message);
    const input = await autoBlock.prepare(number, [message], atMs);
    if (blocked.has(name)) {
      dropped++;
      continue;
    }
    const judge = new MessageJudge(input, facts, atMs);
    const verdict = judge.judge(0, from, name);
    if (input !== null) autoBlock.settle(number, input, judge, atMs);
    if (verdict.kind === 'block') blocked.add(name);
    if (judge.matches.length === 0) continue;
    matches.push(message);
    if ((facts.users.get(from)?.knownFromMs ?? Number.POSITIVE_INFINITY) <= atMs) known.add(from);
  }
  return {
    messages: messages.length,
    matched: matches.length,
    dropped,
    users: [...new Set(matches.map(({ from }) => from))],
    knownUsers: [...known],
    samples: matches.slice(0, samplesMax),
  };
}

/** The facts of users at the time of each of their messages. */
class PastUsers {
  /** The facts of all users, by number. */
  readonly #facts: ReadonlyMap<string, Facts>;
  readonly #seen = new Map<string, { readonly firstMs: number; lastMs: number }>();

  private constructor(facts: ReadonlyMap<string, Facts>) {
    this.#facts = facts;
  }

  static async of(messages: readonly PastMessage[], store: Store): Promise<PastUsers> {
    const found = new Map<string, Facts>();
    for (const [id, own] of Map.groupBy(messages, ({ number }) => number.id)) {
      const users = [...new Set(own.map(({ from }) => from))];
      const read = new Map<WaId, UserFacts>();
      let facts = await store.facts(id, []);
      for (let start = 0; start < users.length; start += batchMax) {
        facts = await store.facts(id, users.slice(start, start + batchMax));
        for (const [waId, user] of facts.users) read.set(waId, user);
      }
      found.set(id, { ...facts, users: read });
    }
    return new PastUsers(found);
  }

  /** The facts of a message's user at the time of the message. */
  factsOf({ number, from, atMs }: PastMessage): Facts {
    const name = `${number.id} ${from}`;
    const seen = this.#seen.get(name);
    const facts = this.#facts.get(number.id);
    const stored = facts?.users.get(from);
    if (facts === undefined || stored === undefined)
      throw new Error('the store has not read a user that was asked for');
    const knownFromMs = stored.knownFromMs ?? (seen === undefined ? null : seen.firstMs + knownAfterMs);
    const lastInboundMs = seen?.lastMs ?? stored.lastInboundMs;
    const user: UserFacts = { ...stored, knownFromMs, lastInboundMs };
    this.#seen.set(name, { firstMs: seen?.firstMs ?? atMs, lastMs: atMs });
    return { ...facts, users: new Map([[from, user]]) };
  }
}
