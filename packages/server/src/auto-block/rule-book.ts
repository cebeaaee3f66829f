import {
  BadRule,
  type CompiledRules,
  compileRules,
  noRules,
  type RuleSet,
  ruleProblem,
  ruleSetProblem,
  type Store,
} from '@blockhouse/engine';
import { compileText } from './text-matcher.ts';

const settingName = 'auto_block_rules';

/** How old the rules of another process's making may be. */
const freshMs = 1_000;

/**
 * The auto-block rules of the installation. A change takes effect in this process immediately, and in others within a
 * second.
 */
export class RuleBook {
  readonly #store: Store;
  #compiled: CompiledRules | null = null;
  #readAtMs = 0;
  #reading: Promise<CompiledRules> | null = null;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The rules, ready to be evaluated. They are read from the store once, and again when others may have changed them. */
  async current(): Promise<CompiledRules> {
    if (this.#compiled === null) return await this.#read();
    if (this.#store.shared && performance.now() - this.#readAtMs > freshMs) {
      // The rules that are known hold while the store is asked, and while it does not answer.
      this.#read().catch(() => {});
    }
    return this.#compiled;
  }

  /** The rules as they are stored. */
  async set(): Promise<RuleSet> {
    return parse(await this.#store.setting(settingName));
  }

  /**
   * Replaces the rules by what `decide` makes of them.
   * @throws BadRule when they cannot be used; nothing has changed then.
   */
  async change(decide: (before: RuleSet) => RuleSet): Promise<RuleSet> {
    const text = await this.#store.changeSetting(settingName, (before) => {
      const known = parse(before);
      const set = { ...decide(known), version: known.version + 1 };
      requireUsable(set);
      return JSON.stringify(set);
    });
    const set = parse(text);
    this.#use(set);
    return set;
  }

  async #read(): Promise<CompiledRules> {
    this.#reading ??= this.set()
      .then((set) => this.#use(set))
      .finally(() => {
        this.#reading = null;
      });
    return await this.#reading;
  }

  #use(set: RuleSet): CompiledRules {
    this.#readAtMs = performance.now();
    if (this.#compiled === null || set.version > this.#compiled.set.version)
      this.#compiled = compileRules(set, compileText);
    return this.#compiled;
  }
}

function parse(text: string | null): RuleSet {
  return text === null ? noRules : (JSON.parse(text) as RuleSet);
}

/** @throws BadRule */
function requireUsable(set: RuleSet): void {
  for (const rule of set.rules) {
    const problem = ruleProblem(rule);
    if (problem !== null) throw new BadRule(`Rule "${rule.name}": ${problem}`);
  }
  const problem = ruleSetProblem(set);
  if (problem !== null) throw new BadRule(problem);
  compileRules(set, compileText);
}
