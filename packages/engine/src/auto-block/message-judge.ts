import type { OutboxMessage } from '../change.ts';
import { type Facts, userOf } from '../facts.ts';
import type { WaId } from '../phone.ts';
import type { NumberRecord } from '../records.ts';
import { type CompiledRules, isNew } from './compile.ts';
import { type BlocksLeft, Judge, type RuleEffect, type RuleMatch, type Verdict } from './judge.ts';
import type { JudgedMessage } from './message.ts';
import type { AutoBlockRule } from './rules.ts';

/** The input of rules about a message, besides the facts of its sender. */
export type MessageSignals = Pick<
  JudgedMessage,
  'country' | 'content' | 'counts' | 'isBlockedElsewhere' | 'unblockedAtMs'
>;

/** A match that is reported to the business. */
export interface MatchNotice {
  readonly number: NumberRecord;
  readonly rule: AutoBlockRule;
  readonly match: RuleMatch;
  readonly atMs: number;
}

/** Webhooks that report matches to the business. */
export interface MatchNotices {
  /** Whether a rule's effect is news: it was not reported within the hour. */
  readonly isDue: (ruleId: string, effect: RuleEffect) => boolean;
  readonly render: (notice: MatchNotice) => string;
}

/** The rules that the messages of one change are judged by. */
export interface AutoBlockInput {
  readonly rules: CompiledRules;
  /** How many users each rule may still block on this number within the hour. */
  readonly blocksLeft: BlocksLeft;
  readonly notices: MatchNotices;
  /** By the place of the message; null: what is there is no message of a user. */
  readonly signals: readonly (MessageSignals | null)[];
}

/** Judges the messages of a decision in their order. A decision that is repeated takes another judge. */
export class MessageJudge {
  readonly #input: AutoBlockInput | null;
  readonly #facts: Facts;
  readonly #atMs: number;
  readonly #judge: Judge | null;
  #newSenders = 0;

  /** @param input null: there are no rules. */
  constructor(input: AutoBlockInput | null, facts: Facts, atMs: number) {
    this.#input = input;
    this.#facts = facts;
    this.#atMs = atMs;
    const numberId = facts.number.id;
    this.#judge =
      input === null ? null : new Judge({ rules: input.rules, numberId, blocksLeft: input.blocksLeft });
  }

  /** The verdict on a message of a user who is not blocked. @param index its place among the messages. */
  judge(index: number, from: WaId, messageId: string): Verdict {
    const signals = this.#input?.signals[index];
    if (this.#judge === null || signals == null) return passes;
    const message = { ...signals, from, user: userOf(this.#facts, from), atMs: this.#atMs };
    if (isNew(message)) this.#newSenders++;
    return this.#judge.judge(message, messageId);
  }

  get matches(): Judge['matches'] {
    return this.#judge?.matches ?? [];
  }

  /** Messages of users whom the business does not know. */
  get newSenders(): number {
    return this.#newSenders;
  }

  /** Webhooks about the matches: the first of each rule and effect, if the number has a receiver. */
  get notices(): readonly OutboxMessage[] {
    const { number } = this.#facts;
    if (this.#input === null || number.webhook === null) return [];
    const { rules, notices } = this.#input;
    const reported = new Set<string>();
    return this.matches.flatMap((match) => {
      const rule = rules.rules.find((compiled) => compiled.rule.id === match.ruleId)?.rule;
      const name = `${match.ruleId} ${match.effect}`;
      if (rule?.notify !== true || reported.has(name) || !notices.isDue(match.ruleId, match.effect))
        return [];
      reported.add(name);
      const body = notices.render({ number, rule, match, atMs: this.#atMs });
      return [{ waId: number.waId, messageId: null, body }];
    });
  }

  get counts(): Judge['counts'] {
    return this.#judge?.counts ?? new Map();
  }
}

const passes: Verdict = { kind: 'pass', flaggedBy: null };
