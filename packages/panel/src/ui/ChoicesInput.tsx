import { MultiSelect } from '@mantine/core';
import { t } from '../i18n/messages.ts';

/** Some of many choices, found by typing. */
export function ChoicesInput({
  label,
  value,
  onChange,
  choices,
}: {
  label: string;
  value: readonly string[];
  onChange: (value: readonly string[]) => void;
  choices: readonly { value: string; label: string }[];
}) {
  return (
    <MultiSelect
      label={label}
      value={[...value]}
      onChange={onChange}
      data={choices}
      searchable
      limit={50}
      nothingFoundMessage={t('rules.fields.nothingFound')}
      comboboxProps={{ withinPortal: false }}
    />
  );
}
