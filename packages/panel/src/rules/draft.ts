import type { Rule, RuleConditions, RuleDocument } from '@blockhouse/client';
import { t } from '../i18n/messages.ts';

export type ConditionName = keyof RuleConditions;

/** The conditions that can be added, with what they begin with; in the order in which a rule reads well. */
export const newConditions: Required<RuleConditions> = {
  sender: 'new',
  country: { in: [] },
  rate: { over: 10, within: '1m', of: 'sender' },
  same_content: { over_senders: 10, within: '1h' },
  text: { words: [] },
  link: {},
  forwarded_many_times: true,
  message_type: [],
  name: { words: [] },
  no_message_to_them_within: '30d',
  blocked_on_another_number: true,
  unblocked_within: '7d',
  user: [],
};

export const conditionNames = Object.keys(newConditions) as readonly ConditionName[];

export const emptyRule: RuleDocument = {
  name: '',
  mode: 'observe',
  numbers: '*',
  when: {},
  action: { type: 'block', keep_message: true },
  includes_customers: false,
  blocks_per_hour: 200,
};

/** The part of a rule that the form changes. */
export function termsOf(rule: Rule): RuleDocument {
  const { id: _, version: __, changed_at: ___, last_24_hours: ____, ...terms } = rule;
  return terms;
}

/** A rule as the server takes it: without empty lists. */
export function cleaned(rule: RuleDocument): RuleDocument {
  const { country, text, name, link, ...when } = rule.when;
  return {
    ...rule,
    name: rule.name.trim(),
    when: {
      ...when,
      ...(country && { country: withoutEmpty(country) }),
      ...(text && { text: withoutEmpty(text) }),
      ...(name && { name: withoutEmpty(name) }),
      ...(link && { link: withoutEmpty(link) }),
    },
  };
}

function withoutEmpty<Lists extends object>(lists: Lists): Lists {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)) as Lists;
}

/** Why a rule cannot be saved, as far as the form knows; null: nothing is missing. */
export function problemOf({ name, when }: RuleDocument): string | null {
  if (name === '') return t('rules.form.noName');
  const conditions = Object.entries(when) as [ConditionName, unknown][];
  if (conditions.length === 0) return t('rules.form.noCondition');
  const empty = conditions.find(([condition, value]) => condition !== 'link' && isEmpty(value));
  return empty === undefined
    ? null
    : t('rules.form.noList', { condition: t(`rules.conditions.${empty[0]}`) });
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
