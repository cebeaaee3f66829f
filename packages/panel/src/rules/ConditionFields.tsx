import type { RuleConditions, TextCondition } from '@blockhouse/client';
import { callingCountries, readPhone } from '@blockhouse/engine';
import { Group, NativeSelect, Stack, Text } from '@mantine/core';
import { createElement, type FunctionComponent, type ReactNode, useState } from 'react';
import { countryName } from '../i18n/format.ts';
import { choicesOf, locale, t, textFor } from '../i18n/messages.ts';
import { ChoicesInput } from '../ui/ChoicesInput.tsx';
import type { ConditionName } from './draft.ts';
import { CountInput, LinesInput, SpanInput } from './fields.tsx';

interface Props<Name extends ConditionName> {
  readonly value: NonNullable<RuleConditions[Name]>;
  readonly onChange: (value: NonNullable<RuleConditions[Name]>) => void;
}

type Fields = { readonly [Name in ConditionName]: (props: Props<Name>) => ReactNode };

/** The fields of each condition. */
const fields: Fields = {
  sender: () => <Hint of="sender" />,
  forwarded_many_times: () => <Hint of="forwarded_many_times" />,
  blocked_on_another_number: () => <Hint of="blocked_on_another_number" />,
  country: CountryFields,
  rate: RateFields,
  same_content: ({ value, onChange }) => (
    <Group align="end">
      <CountInput
        label={`${t('rules.fields.over')} (${t('rules.fields.people')})`}
        value={value.over_senders}
        onChange={(over_senders) => onChange({ ...value, over_senders })}
      />
      <SpanInput
        label={t('rules.fields.within')}
        value={value.within}
        onChange={(within) => onChange({ ...value, within })}
      />
    </Group>
  ),
  text: TextFields,
  name: TextFields,
  link: ({ value, onChange }) => (
    <LinesInput
      label={t('rules.fields.domains')}
      hint={t('rules.fields.domainsHint')}
      value={value.domains ?? []}
      onChange={(domains) => onChange({ domains })}
    />
  ),
  message_type: ({ value, onChange }) => (
    <ChoicesInput
      label={t('rules.fields.types')}
      value={value}
      onChange={onChange}
      choices={choicesOf('rules.fields.typesOf')}
    />
  ),
  no_message_to_them_within: SpanField,
  unblocked_within: SpanField,
  user: UserFields,
};

/** The fields of one condition of a rule. */
export function ConditionFields<Name extends ConditionName>({
  name,
  ...props
}: Props<Name> & { readonly name: Name }) {
  const ofName: FunctionComponent<Props<Name>> = fields[name];
  return createElement(ofName, props);
}

function Hint({ of }: { of: ConditionName }) {
  return (
    <Text size="sm" c="dimmed">
      {textFor('rules.conditionHints', of)}
    </Text>
  );
}

function SpanField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return <SpanInput label={t('rules.fields.span')} value={value} onChange={onChange} />;
}

function CountryFields({ value, onChange }: Props<'country'>) {
  const isNot = value.not_in !== undefined;
  const chosen = value.not_in ?? value.in ?? [];
  const change = (not: boolean, countries: readonly string[]) =>
    onChange(not ? { not_in: countries } : { in: countries });
  const choices = [...callingCountries]
    .filter((region) => region !== 'ZZ')
    .map((region) => ({ value: region, label: countryName(region) }))
    .sort((one, other) => one.label.localeCompare(other.label, locale()));
  return (
    <Stack gap="xs">
      <NativeSelect
        aria-label={t('rules.conditions.country')}
        value={isNot ? 'not_in' : 'in'}
        onChange={(event) => change(event.currentTarget.value === 'not_in', chosen)}
        data={[
          { value: 'in', label: t('rules.fields.countryIs') },
          { value: 'not_in', label: t('rules.fields.countryIsNot') },
        ]}
      />
      <ChoicesInput
        label={t('rules.fields.countries')}
        value={chosen}
        onChange={(countries) => change(isNot, countries)}
        choices={choices}
      />
    </Stack>
  );
}

function RateFields({ value, onChange }: Props<'rate'>) {
  return (
    <Group align="end">
      <NativeSelect
        label={t('rules.fields.of')}
        value={value.of}
        onChange={(event) => onChange({ ...value, of: event.currentTarget.value as typeof value.of })}
        data={[
          { value: 'sender', label: t('rules.fields.ofSender') },
          { value: 'new_senders', label: t('rules.fields.ofNewSenders') },
        ]}
      />
      <CountInput
        label={`${t('rules.fields.over')} (${t('rules.fields.messages')})`}
        value={value.over}
        onChange={(over) => onChange({ ...value, over })}
      />
      <SpanInput
        label={t('rules.fields.within')}
        value={value.within}
        onChange={(within) => onChange({ ...value, within })}
      />
    </Group>
  );
}

function TextFields({ value, onChange }: { value: TextCondition; onChange: (value: TextCondition) => void }) {
  const lists = [
    ['words', t('rules.fields.words'), t('rules.fields.oneALine')],
    ['phrases', t('rules.fields.phrases'), t('rules.fields.oneALine')],
    ['patterns', t('rules.fields.patterns'), t('rules.fields.patternHint')],
  ] as const;
  return (
    <Stack gap="xs">
      {lists.map(([list, label, hint]) => (
        <LinesInput
          key={list}
          label={label}
          hint={hint}
          value={value[list] ?? []}
          onChange={(lines) => onChange({ ...value, [list]: lines })}
        />
      ))}
    </Stack>
  );
}

function UserFields({ value, onChange }: Props<'user'>) {
  const [unread, setUnread] = useState<readonly string[]>([]);
  return (
    <LinesInput
      label={t('rules.fields.users')}
      hint={t('rules.fields.usersHint')}
      error={
        unread.length === 0 ? null : t('rules.fields.unreadUsers', { lines: unread.slice(0, 3).join(', ') })
      }
      value={value.map((waId) => `+${waId}`)}
      onChange={(lines) => {
        setUnread(lines.filter((line) => readPhone(line) === null));
        onChange(lines.flatMap((line) => readPhone(line) ?? []));
      }}
    />
  );
}
