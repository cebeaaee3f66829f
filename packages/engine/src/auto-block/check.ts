import { callingCountries } from '../calling-codes.ts';
import { readSpan } from '../clock.ts';
import {
  allowlistMax,
  countedSpanMaxMs,
  patternLengthMax,
  patternsMax,
  type RuleSet,
  type RuleTerms,
  rateMax,
  rulesMax,
  type TextCondition,
  usersMax,
  wordsMax,
} from './rules.ts';

/** Rules cannot be used; the message says why, and what to write instead. */
export class BadRule extends Error {
  override readonly name = 'BadRule';
}

/** Why a rule cannot be used, as a sentence for the one who wrote it; null: it can. */
export function ruleProblem({ name, when, action, blocks_per_hour: blocks }: RuleTerms): string | null {
  const { country, rate, same_content: same, text, link, user } = when;
  const problems: (string | null)[] = [
    name.trim() === '' ? 'name is empty. Give the rule a name that says what it catches.' : null,
    Object.keys(when).length === 0
      ? 'when has no condition, so the rule would match every message. Name at least one.'
      : null,
    country === undefined ? null : countryProblem(country),
    when.no_message_to_them_within === undefined
      ? null
      : spanProblem('when.no_message_to_them_within', when.no_message_to_them_within),
    when.unblocked_within === undefined ? null : spanProblem('when.unblocked_within', when.unblocked_within),
    rate === undefined ? null : countProblem('when.rate.over', rate.over),
    rate === undefined ? null : spanProblem('when.rate.within', rate.within, countedSpanMaxMs),
    same === undefined ? null : countProblem('when.same_content.over_senders', same.over_senders),
    same === undefined ? null : spanProblem('when.same_content.within', same.within, countedSpanMaxMs),
    text === undefined ? null : textProblem('when.text', text),
    when.name === undefined ? null : textProblem('when.name', when.name),
    sizeProblem('when.user', user, usersMax),
    sizeProblem('when.link.domains', link?.domains, wordsMax),
    domainProblem(link?.domains ?? []),
    sizeProblem('when.message_type', when.message_type, wordsMax),
    action.type === 'block' && action.for !== undefined ? spanProblem('action.for', action.for) : null,
    countProblem('blocks_per_hour', blocks),
  ];
  return problems.find((problem) => problem !== null) ?? null;
}

/** Why rules cannot be used together; null: they can. */
export function ruleSetProblem({ rules, allowlist, customerDays }: RuleSet): string | null {
  if (rules.length > rulesMax) return `There can be ${rulesMax} rules at most. Remove one first.`;
  const names = rules.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `There are two rules with the name "${twice}". Names must be different.`;
  if (allowlist.length > allowlistMax)
    return `The allowlist can have ${allowlistMax} users at most; this one would have ${allowlist.length}.`;
  if (!Number.isInteger(customerDays) || customerDays < 1 || customerDays > 365)
    return `customer_days is ${customerDays}; it must be a whole number from 1 to 365.`;
  return null;
}

function countryProblem(country: NonNullable<RuleTerms['when']['country']>): string | null {
  const listed = [...(country.in ?? []), ...(country.not_in ?? [])];
  if (listed.length === 0) return 'when.country names no country. Give in, not_in, or both.';
  const unknown = listed.find((code) => !callingCountries.has(code));
  if (unknown === undefined) return null;
  return `when.country: "${unknown}" is no country with a calling code. Use two capital letters, such as BR.`;
}

function spanProblem(field: string, text: string, maxMs?: number): string | null {
  const spanMs = readSpan(text);
  if (spanMs === null || spanMs <= 0)
    return `${field} is "${text}"; write a span such as "10m", "24h", or "30d".`;
  if (maxMs !== undefined && spanMs > maxMs)
    return `${field} is "${text}"; messages are counted over ${maxMs / 3_600_000} hours at most.`;
  return null;
}

function countProblem(field: string, count: number): string | null {
  return Number.isInteger(count) && count >= 1 && count <= rateMax
    ? null
    : `${field} is ${count}; it must be a whole number from 1 to ${rateMax}.`;
}

function textProblem(field: string, { words, phrases, patterns }: TextCondition): string | null {
  const listed = [...(words ?? []), ...(phrases ?? []), ...(patterns ?? [])];
  if (listed.length === 0) return `${field} looks for nothing. Give words, phrases, or patterns.`;
  if (listed.some((one) => one.trim() === ''))
    return `${field} has an empty entry, which every text contains.`;
  const spaced = words?.find((word) => /\s/.test(word.trim()));
  if (spaced !== undefined) return `${field}.words: "${spaced}" is more than one word. Put it under phrases.`;
  const long = patterns?.find((pattern) => pattern.length > patternLengthMax);
  if (long !== undefined)
    return `${field}.patterns has a pattern of ${long.length} characters; ${patternLengthMax} are allowed.`;
  return (
    sizeProblem(`${field}.words`, words, wordsMax) ??
    sizeProblem(`${field}.phrases`, phrases, wordsMax) ??
    sizeProblem(`${field}.patterns`, patterns, patternsMax)
  );
}

function sizeProblem(field: string, list: readonly unknown[] | undefined, max: number): string | null {
  if (list === undefined) return null;
  if (list.length === 0) return `${field} is empty. Leave it out, or name what it stands for.`;
  return list.length > max ? `${field} has ${list.length} entries; ${max} are allowed.` : null;
}

function domainProblem(domains: readonly string[]): string | null {
  const wrong = domains.find((domain) => !/^(?:[\p{L}\p{N}-]+\.)+[\p{L}\p{N}-]{2,}$/u.test(domain));
  return wrong === undefined
    ? null
    : `when.link.domains: "${wrong}" is no domain. Write it without scheme and path, such as example.com.`;
}
