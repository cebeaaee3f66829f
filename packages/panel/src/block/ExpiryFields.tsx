import { Group, NativeSelect, TextInput } from '@mantine/core';
import { serverNow } from '../api/clock.ts';
import { choicesOf, t } from '../i18n/messages.ts';

/** How long blocks can last without a date of their own; null: permanently. */
export const durationsMs = {
  good: null,
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '30d': 2_592_000_000,
} as const;

export type Duration = keyof typeof durationsMs;

/** When a block ends, as a person chooses it: a duration, a date, or what it has. */
export interface Expiry {
  readonly choice: Duration | 'keep' | 'date';
  /** A local time such as 2027-01-31T18:00, for the choice of a date. */
  readonly date: string;
}

/** The end of a block, ISO 8601; null: permanent; undefined: as it is; `missing`: no date in the future is chosen. */
export function expiryOf({ choice, date: chosen }: Expiry): string | null | undefined | 'missing' {
  if (choice === 'keep') return undefined;
  if (choice === 'date') {
    const ms = Date.parse(chosen);
    return ms > serverNow() ? new Date(ms).toISOString() : 'missing';
  }
  const ms = durationsMs[choice];
  return ms === null ? null : new Date(serverNow() + ms).toISOString();
}

/** @param props.keepLabel the choice that changes nothing; left out where there is no block yet. */
export function ExpiryFields({
  value,
  onChange,
  keepLabel,
}: {
  value: Expiry;
  onChange: (value: Expiry) => void;
  keepLabel?: string;
}) {
  const keep = keepLabel === undefined ? [] : [{ value: 'keep', label: keepLabel }];
  return (
    <Group grow align="start">
      <NativeSelect
        label={t('block.duration')}
        value={value.choice}
        onChange={(event) => onChange({ ...value, choice: event.currentTarget.value as Expiry['choice'] })}
        data={[...keep, ...choicesOf('block.durations'), { value: 'date', label: t('person.untilDate') }]}
      />
      {value.choice === 'date' && (
        <TextInput
          type="datetime-local"
          label={t('person.date')}
          value={value.date}
          onChange={(event) => onChange({ ...value, date: event.currentTarget.value })}
        />
      )}
    </Group>
  );
}
