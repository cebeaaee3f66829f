import { readSpan } from '../clock.ts';
import type { WaId } from '../phone.ts';
import type { JudgedMessage } from './message.ts';
import type { AutoBlockRule, RuleConditions, RuleSet, TextCondition } from './rules.ts';

/** A count that a condition needs: of messages or of senders, over a span that ends with the message. */
export interface Counter {
  readonly of: 'sender' | 'new_senders' | 'senders_of_content';
  readonly spanMs: number;
}

/** Whether a folded text contains what a condition looks for. */
export type TextMatcher = (text: string, words: ReadonlySet<string>) => boolean;

/** Builds the matcher of a condition; the engine knows no regular expressions that are safe. */
export type CompileText = (condition: TextCondition) => TextMatcher;

type Predicate = (message: JudgedMessage) => boolean;

/** A rule that is ready to be evaluated. */
export interface CompiledRule {
  readonly rule: AutoBlockRule;
  /** All must hold. The cheap ones come first. */
  readonly conditions: readonly Predicate[];
  /** How long its blocks last; null: until somebody ends them. */
  readonly blockMs: number | null;
}

/** The rules of an installation, ready to be evaluated. */
export interface CompiledRules {
  readonly set: RuleSet;
  readonly allowlist: ReadonlySet<WaId>;
  readonly customerMs: number;
  /** Rules that are not off, in the order in which they are tried. */
  readonly rules: readonly CompiledRule[];
  /** The counts that each message needs. */
  readonly counters: readonly Counter[];
  /** Facts that only some rules need. */
  readonly needs: { readonly blockedElsewhere: boolean; readonly unblocked: boolean };
  /** Whether some rule shows messages for review. */
  readonly reviews: boolean;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Prepares valid rules. @throws what `compileText` throws. */
export function compileRules(set: RuleSet, compileText: CompileText): CompiledRules {
  const counters: Counter[] = [];
  const counterOf = (wanted: Counter): number => {
    const known = counters.findIndex(({ of, spanMs }) => of === wanted.of && spanMs === wanted.spanMs);
    return known === -1 ? counters.push(wanted) - 1 : known;
  };
  const active = set.rules.filter(({ mode }) => mode !== 'off').toSorted((a, b) => a.order - b.order);
  const rules = active.map((rule): CompiledRule => {
    const { action } = rule;
    return {
      rule,
      conditions: predicatesOf(rule.when, { counterOf, compileText }),
      blockMs: action.type === 'block' && action.for !== undefined ? spanOf(action.for) : null,
    };
  });
  return {
    set,
    allowlist: new Set(set.allowlist),
    customerMs: set.customerDays * dayMs,
    rules,
    counters,
    needs: {
      blockedElsewhere: active.some(({ when }) => when.blocked_on_another_number),
      unblocked: active.some(({ when }) => when.unblocked_within !== undefined),
    },
    reviews: active.some(({ action }) => action.type !== 'block' || action.keep_message === true),
  };
}

function predicatesOf(
  when: RuleConditions,
  { counterOf, compileText }: { counterOf: (counter: Counter) => number; compileText: CompileText },
): readonly Predicate[] {
  const predicates: Predicate[] = [];
  const { country, rate, same_content: same, text, link, name } = when;
  if (when.message_type !== undefined) {
    const types = new Set(when.message_type);
    predicates.push(({ content }) => types.has(content.type));
  }
  if (country !== undefined) {
    const [inside, outside] = [country.in && new Set(country.in), country.not_in && new Set(country.not_in)];
    predicates.push(
      ({ country: own }) =>
        own !== null && (inside === undefined || inside.has(own)) && !(outside?.has(own) ?? false),
    );
  }
  if (when.user !== undefined) {
    const users = new Set(when.user);
    predicates.push(({ from }) => users.has(from));
  }
  if (when.sender !== undefined) predicates.push((message) => isNew(message));
  if (when.no_message_to_them_within !== undefined) {
    const spanMs = spanOf(when.no_message_to_them_within);
    predicates.push(({ user, atMs }) => user.lastOutboundMs === null || atMs - user.lastOutboundMs >= spanMs);
  }
  if (when.unblocked_within !== undefined) {
    const spanMs = spanOf(when.unblocked_within);
    predicates.push(({ unblockedAtMs, atMs }) => unblockedAtMs !== null && atMs - unblockedAtMs < spanMs);
  }
  if (when.blocked_on_another_number) predicates.push(({ isBlockedElsewhere }) => isBlockedElsewhere);
  if (rate !== undefined) {
    const counter = counterOf({ of: rate.of, spanMs: spanOf(rate.within) });
    const isOver: Predicate = ({ counts }) => (counts[counter] ?? 0) > rate.over;
    // A flood of new senders is no reason to act on anybody else.
    predicates.push(rate.of === 'sender' ? isOver : (message) => isNew(message) && isOver(message));
  }
  if (same !== undefined) {
    const counter = counterOf({ of: 'senders_of_content', spanMs: spanOf(same.within) });
    predicates.push(({ counts }) => (counts[counter] ?? 0) > same.over_senders);
  }
  if (when.forwarded_many_times) predicates.push(({ content }) => content.isForwardedManyTimes);
  if (link !== undefined) {
    const { domains } = link;
    predicates.push(({ content: { hosts } }) =>
      domains === undefined
        ? hosts.length > 0
        : hosts.some((host) => domains.some((domain) => isWithinDomain(host, domain))),
    );
  }
  if (name !== undefined) {
    const matches = compileText(name);
    predicates.push(({ content }) => matches(content.name, content.nameWords));
  }
  if (text !== undefined) {
    const matches = compileText(text);
    predicates.push(({ content }) => matches(content.text, content.words));
  }
  return predicates;
}

/** The business does not know the sender yet: they never wrote before today, and it did not write to them first. */
export function isNew({ user: { knownFromMs }, atMs }: Pick<JudgedMessage, 'user' | 'atMs'>): boolean {
  return knownFromMs === null || knownFromMs > atMs;
}

/** Whether a host is a domain or one of its subdomains. */
function isWithinDomain(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

function spanOf(text: string): number {
  const spanMs = readSpan(text);
  if (spanMs === null) throw new Error(`"${text}" is no span`);
  return spanMs;
}
