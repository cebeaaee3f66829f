import { readSpan } from '@blockhouse/engine';
import { locale } from '../i18n/messages.ts';

/** Units of a span in a rule, the largest first. */
export const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

export type Unit = keyof typeof units;

const unitNames = { d: 'day', h: 'hour', m: 'minute', s: 'second' } as const;

/** A span such as `90m`, in the largest unit that it is a whole number of. */
export function partsOf(span: string): { readonly amount: number; readonly unit: Unit } {
  const spanMs = readSpan(span) ?? 0;
  const unit = (Object.keys(units) as Unit[]).find(
    (one) => spanMs >= units[one] && spanMs % units[one] === 0,
  );
  return unit === undefined ? { amount: 0, unit: 'm' } : { amount: spanMs / units[unit], unit };
}

/** A span as it is said: "10 minutes". */
export function spanWords(span: string): string {
  const { amount, unit } = partsOf(span);
  return new Intl.NumberFormat(locale(), {
    style: 'unit',
    unit: unitNames[unit],
    unitDisplay: 'long',
  }).format(amount);
}
