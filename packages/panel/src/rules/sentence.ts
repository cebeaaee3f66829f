import type { RuleAction, RuleConditions, RuleDocument, TextCondition } from '@blockhouse/client';
import { countryName, number as inWords } from '../format.ts';
import { t } from '../messages.ts';
import { spanWords } from './spans.ts';

/** Texts of a list that are shown; the rest is counted. */
const shownMax = 5;

/** A rule as a sentence, for people. */
export function sentenceOf({ when, action }: Pick<RuleDocument, 'when' | 'action'>): string {
  const words = t.rules.sentence;
  const conditions = conditionsOf(when);
  return words.rule(conditions.length === 0 ? words.nothing : all(conditions), actionOf(action));
}

function conditionsOf(when: RuleConditions): readonly string[] {
  const words = t.rules.sentence;
  const { country, rate, same_content: same, text, link, message_type: types, name, user } = when;
  return [
    country?.in && words.countryIn(any(country.in.map(countryName))),
    country?.not_in && words.countryNotIn(any(country.not_in.map(countryName))),
    when.sender && words.sender,
    when.no_message_to_them_within && words.noMessage(spanWords(when.no_message_to_them_within)),
    rate &&
      (rate.of === 'sender' ? words.rateOfSender : words.rateOfNew)(
        inWords(rate.over),
        spanWords(rate.within),
      ),
    same && words.sameContent(inWords(same.over_senders), spanWords(same.within)),
    text && words.text(textsOf(text)),
    link && (link.domains === undefined ? words.anyLink : words.linkTo(any(link.domains))),
    when.forwarded_many_times && words.forwarded,
    types && words.type(any(types.map((type) => t.rules.fields.typesOf[type] ?? type))),
    name && words.name(textsOf(name)),
    user && words.users(user.length, inWords(user.length)),
    when.blocked_on_another_number && words.blockedElsewhere,
    when.unblocked_within && words.unblocked(spanWords(when.unblocked_within)),
  ].filter((condition) => condition !== undefined);
}

function actionOf(action: RuleAction): string {
  const words = t.rules.sentence;
  if (action.type !== 'block') return words[action.type];
  const here = action.for === undefined ? words.block : words.blockFor(spanWords(action.for));
  const block = action.numbers === '*' ? words.everywhere(here) : here;
  return action.keep_message === true ? words.keep(block) : block;
}

function textsOf({ words = [], phrases = [], patterns = [] }: TextCondition): string {
  const { pattern, quoted } = t.rules.sentence;
  return any([...[...words, ...phrases].map(quoted), ...patterns.map(pattern)]);
}

function any(texts: readonly string[]): string {
  const more = texts.length - shownMax;
  const shown = more > 0 ? [...texts.slice(0, shownMax), t.rules.sentence.moreTexts(inWords(more))] : texts;
  return new Intl.ListFormat(t.language.code, { type: 'disjunction' }).format(shown);
}

function all(texts: readonly string[]): string {
  return new Intl.ListFormat(t.language.code, { type: 'conjunction' }).format(texts);
}
