import {
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
  const users = new PastUsers(store);
  const blocked = new Set<string>();
  const matches: PastMessage[] = [];
  const known = new Set<WaId>();
  let dropped = 0;
  for (const message of messages.toSorted((a, b) => a.atMs - b.atMs)) {
    const { number, from, atMs } = message;
    const name = `${number.id} ${from}`;
    const facts = await users.factsOf(message);
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
  readonly #store: Store;
  readonly #seen = new Map<string, { readonly facts: Facts; readonly firstMs: number; lastMs: number }>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The facts of a message's user at the time of the message. */
  async factsOf({ number, from, atMs }: PastMessage): Promise<Facts> {
    const name = `${number.id} ${from}`;
    const seen = this.#seen.get(name);
    const facts = seen?.facts ?? (await this.#store.facts(number.id, [from]));
    const stored = facts.users.get(from);
    if (stored === undefined) throw new Error('the store has not read a user that was asked for');
    const knownFromMs = stored.knownFromMs ?? (seen === undefined ? null : seen.firstMs + knownAfterMs);
    const lastInboundMs = seen?.lastMs ?? stored.lastInboundMs;
    const user: UserFacts = { ...stored, knownFromMs, lastInboundMs };
    this.#seen.set(name, { facts, firstMs: seen?.firstMs ?? atMs, lastMs: atMs });
    return { ...facts, users: new Map([[from, user]]) };
  }
}
