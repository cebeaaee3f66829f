import type { RuleAction, RuleConditions, RuleDocument, TextCondition } from '@blockhouse/client';
import { countryName } from '../i18n/format.ts';
import { locale, t, textFor } from '../i18n/messages.ts';
import { spanWords } from './spans.ts';

/** Texts of a list that are shown; the rest is counted. */
const shownMax = 5;

/** A rule as a sentence, for people. */
export function sentenceOf({ when, action }: Pick<RuleDocument, 'when' | 'action'>): string {
  const conditions = conditionsOf(when);
  return t('rules.sentence.rule', {
    conditions: conditions.length === 0 ? t('rules.sentence.nothing') : all(conditions),
    action: actionOf(action),
  });
}

function conditionsOf(when: RuleConditions): readonly string[] {
  const { country, rate, same_content: same, text, link, message_type: types, name, user } = when;
  return [
    country?.in && t('rules.sentence.countryIn', { countries: any(country.in.map(countryName)) }),
    country?.not_in && t('rules.sentence.countryNotIn', { countries: any(country.not_in.map(countryName)) }),
    when.sender && t('rules.sentence.sender'),
    when.no_message_to_them_within &&
      t('rules.sentence.noMessage', { span: spanWords(when.no_message_to_them_within) }),
    rate &&
      t(rate.of === 'sender' ? 'rules.sentence.rateOfSender' : 'rules.sentence.rateOfNew', {
        over: rate.over,
        span: spanWords(rate.within),
      }),
    same && t('rules.sentence.sameContent', { over: same.over_senders, span: spanWords(same.within) }),
    text && t('rules.sentence.text', { texts: textsOf(text) }),
    link &&
      (link.domains === undefined
        ? t('rules.sentence.anyLink')
        : t('rules.sentence.linkTo', { domains: any(link.domains) })),
    when.forwarded_many_times && t('rules.sentence.forwarded'),
    types &&
      t('rules.sentence.type', {
        types: any(types.map((type) => textFor('rules.fields.typesOf', type) ?? type)),
      }),
    name && t('rules.sentence.name', { texts: textsOf(name) }),
    user && t('rules.sentence.users', { count: user.length }),
    when.blocked_on_another_number && t('rules.sentence.blockedElsewhere'),
    when.unblocked_within && t('rules.sentence.unblocked', { span: spanWords(when.unblocked_within) }),
  ].filter((condition) => condition !== undefined);
}

function actionOf(action: RuleAction): string {
  if (action.type !== 'block') return t(`rules.sentence.${action.type}`);
  const here =
    action.for === undefined
      ? t('rules.sentence.block')
      : t('rules.sentence.blockFor', { span: spanWords(action.for) });
  const block = action.numbers === '*' ? t('rules.sentence.everywhere', { action: here }) : here;
  return action.keep_message === true ? t('rules.sentence.keep', { action: block }) : block;
}

function textsOf({ words = [], phrases = [], patterns = [] }: TextCondition): string {
  return any([
    ...[...words, ...phrases].map((text) => t('rules.sentence.quoted', { text })),
    ...patterns.map((pattern) => t('rules.sentence.pattern', { pattern })),
  ]);
}

function any(texts: readonly string[]): string {
  const more = texts.length - shownMax;
  const shown =
    more > 0 ? [...texts.slice(0, shownMax), t('rules.sentence.moreTexts', { count: more })] : texts;
  return new Intl.ListFormat(locale(), { type: 'disjunction' }).format(shown);
}

function all(texts: readonly string[]): string {
  return new Intl.ListFormat(locale(), { type: 'conjunction' }).format(texts);
}
