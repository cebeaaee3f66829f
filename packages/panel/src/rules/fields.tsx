import { Group, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { t } from '../i18n/messages.ts';
import { partsOf, type Unit, units } from './spans.ts';

/** Each field keeps what is typed, and hands out what it means: its value is only what it begins with. */
interface FieldProps<Value> {
  readonly label: string;
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

/** A whole number above zero. While the field is empty, or has something else, the value is 0. */
export function CountInput({ label, value, onChange, hint }: FieldProps<number> & { hint?: string }) {
  const [text, setText] = useState(String(value));
  return (
    <TextInput
      type="number"
      inputMode="numeric"
      min={1}
      step={1}
      label={label}
      description={hint}
      value={text}
      onChange={(event) => {
        const typed = event.currentTarget.value;
        setText(typed);
        onChange(/^\d{1,9}$/.test(typed) ? Number(typed) : 0);
      }}
    />
  );
}

/** A span such as "10m": an amount and a unit. */
export function SpanInput({ label, value, onChange }: FieldProps<string>) {
  const [parts, setParts] = useState(() => partsOf(value));
  const change = (next: typeof parts) => {
    setParts(next);
    onChange(`${next.amount}${next.unit}`);
  };
  return (
    <Group gap="xs" wrap="nowrap" align="end">
      <CountInput label={label} value={parts.amount} onChange={(amount) => change({ ...parts, amount })} />
      <NativeSelect
        aria-label={t('rules.fields.unit')}
        value={parts.unit}
        onChange={(event) => change({ ...parts, unit: event.currentTarget.value as Unit })}
        data={(Object.keys(units) as Unit[]).map((unit) => ({
          value: unit,
          label: t(`rules.fields.units.${unit}`),
        }))}
      />
    </Group>
  );
}

/** Texts, one a line. Blank lines and spaces at the ends do not count. */
export function LinesInput({
  label,
  value,
  onChange,
  hint,
  error,
}: FieldProps<readonly string[]> & { hint: string; error?: string | null }) {
  const [text, setText] = useState(value.join('\n'));
  return (
    <Textarea
      label={label}
      description={hint}
      error={error}
      rows={3}
      value={text}
      onChange={(event) => {
        const typed = event.currentTarget.value;
        setText(typed);
        onChange(
          typed
            .split('\n')
            .map((line) => line.trim())
            .filter((line) => line !== ''),
        );
      }}
    />
  );
}
