import type { UserFacts } from '../facts.ts';
import type { ReviewReason } from '../outbox.ts';
import type { WaId } from '../phone.ts';
import type { AuditContext, StandingBlock } from '../records.ts';
import { type CompiledRule, type CompiledRules, isNew } from './compile.ts';
import type { JudgedMessage } from './message.ts';
import type { AutoBlockRule } from './rules.ts';

/** The decision on a message. */
export type Verdict =
  /** It passes, and may be shown for review by a rule. */
  | { readonly kind: 'pass'; readonly flaggedBy: string | null }
  /** Its sender is blocked by it, and it may be kept for review. */
  | {
      readonly kind: 'block';
      readonly ruleId: string;
      readonly block: StandingBlock;
      readonly isKept: boolean;
    }
  /** It waits for a person's decision. */
  | { readonly kind: 'hold'; readonly ruleId: string };

/** Why a person has to look at a message, after a verdict; undefined: nobody has to. */
export function reviewOf(verdict: Verdict): ReviewReason | undefined {
  if (verdict.kind === 'hold') return { ruleId: verdict.ruleId, kind: 'held' };
  if (verdict.kind === 'block') return verdict.isKept ? { ruleId: verdict.ruleId, kind: 'kept' } : undefined;
  return verdict.flaggedBy === null ? undefined : { ruleId: verdict.flaggedBy, kind: 'flagged' };
}

/** The note on the blocks of a rule. */
export function blockNoteOf({ name, action }: AutoBlockRule): string {
  return action.type === 'block' ? (action.note ?? name) : name;
}

/** The effect of a rule on a message. `limited`: the rule had blocked too many within the hour, and did nothing. */
export type RuleEffect = 'block' | 'hold' | 'flag' | 'observe' | 'limited';

export interface RuleMatch {
  readonly ruleId: string;
  readonly waId: WaId;
  readonly messageId: string;
  readonly effect: RuleEffect;
}

/** How many users a rule may still block within the hour. It gives the same answer throughout a decision. */
export type BlocksLeft = (rule: AutoBlockRule) => number;

/** How often a rule matched, and how often it blocked, held, or flagged. */
export interface RuleCount {
  readonly matched: number;
  readonly acted: number;
}

/** Evaluates rules over the messages of one change. */
export class Judge {
  readonly #rules: CompiledRules;
  readonly #numberId: string;
  readonly #blocksLeft: BlocksLeft;
  readonly #blocked = new Map<string, number>();
  readonly matches: RuleMatch[] = [];

  constructor(options: {
    readonly rules: CompiledRules;
    readonly numberId: string;
    readonly blocksLeft: BlocksLeft;
  }) {
    this.#rules = options.rules;
    this.#numberId = options.numberId;
    this.#blocksLeft = options.blocksLeft;
  }

  /**
   * Judges a message of a user who is not blocked. The first rule that enforces a block or a hold decides; rules that
   * flag or observe let the next one be tried. Nobody on the allowlist is judged.
   */
  judge(message: JudgedMessage, messageId: string): Verdict {
    let flaggedBy: string | null = null;
    if (this.#rules.allowlist.has(message.from)) return { kind: 'pass', flaggedBy };
    for (const compiled of this.#rules.rules) {
      if (!this.#applies(compiled, message)) continue;
      const { rule } = compiled;
      const effect = this.#effectOf(rule);
      this.matches.push({ ruleId: rule.id, waId: message.from, messageId, effect });
      if (effect === 'flag') flaggedBy ??= rule.id;
      else if (effect === 'hold') return { kind: 'hold', ruleId: rule.id };
      else if (effect === 'block') return this.#block(compiled, message.atMs);
    }
    return { kind: 'pass', flaggedBy };
  }

  /** Counts of the matches, by rule. */
  get counts(): ReadonlyMap<string, RuleCount> {
    const counts = new Map<string, RuleCount>();
    for (const { ruleId, effect } of this.matches) {
      const { matched, acted } = counts.get(ruleId) ?? { matched: 0, acted: 0 };
      const isAct = effect !== 'observe' && effect !== 'limited';
      counts.set(ruleId, { matched: matched + 1, acted: acted + (isAct ? 1 : 0) });
    }
    return counts;
  }

  #applies({ rule, conditions }: CompiledRule, message: JudgedMessage): boolean {
    if (rule.numbers !== '*' && !rule.numbers.includes(this.#numberId)) return false;
    const spares = rule.action.type !== 'flag' && !rule.includes_customers;
    if (spares && isCustomer(message, this.#rules.customerMs)) return false;
    return conditions.every((holds) => holds(message));
  }

  #effectOf(rule: AutoBlockRule): RuleEffect {
    if (rule.mode === 'observe') return 'observe';
    if (rule.action.type !== 'block') return rule.action.type;
    const blocked = this.#blocked.get(rule.id) ?? 0;
    return blocked < this.#blocksLeft(rule) ? 'block' : 'limited';
  }

  #block({ rule, blockMs }: CompiledRule, atMs: number): Verdict {
    this.#blocked.set(rule.id, (this.#blocked.get(rule.id) ?? 0) + 1);
    const { action } = rule;
    const cause: AuditContext = { keyId: rule.id, person: null, source: 'rule', note: blockNoteOf(rule) };
    const untilMs = blockMs === null ? null : atMs + blockMs;
    const isKept = action.type === 'block' && action.keep_message === true;
    return { kind: 'block', ruleId: rule.id, block: { cause, placedAtMs: atMs, untilMs }, isKept };
  }
}

/**
 * A customer: known to the business, with a contact in either direction within some days. A user becomes known a day
 * after their first message, or immediately when the business writes first, so that a bot's answer makes nobody a
 * customer.
 */
function isCustomer(message: JudgedMessage, customerMs: number): boolean {
  if (isNew(message)) return false;
  const { lastInboundMs, lastOutboundMs }: UserFacts = message.user;
  const lastContactMs = Math.max(lastInboundMs ?? 0, lastOutboundMs ?? 0);
  return message.atMs - lastContactMs < customerMs;
}
