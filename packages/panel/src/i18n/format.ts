import { countries as callingCodes } from 'virtual:phone-formats';
import { countryOf } from '@blockhouse/engine';
import { locale } from './messages.ts';
import { formatPhone } from './phone.ts';

export const number = (value: number): string => new Intl.NumberFormat(locale()).format(value);

export function date(time: string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(
    Date.parse(time),
  );
}

/** The day alone, where there is little room. */
export function day(time: string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium' }).format(Date.parse(time));
}

/** A day of this year, where there is still less room. */
export function dayAndMonth(day: Date): string {
  return new Intl.DateTimeFormat(locale(), { day: 'numeric', month: 'short' }).format(day);
}

export function hour(time: string): string {
  return new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit' }).format(Date.parse(time));
}

const steps = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** A time as it is said: "3 hours ago", "in 2 days". */
export function ago(time: string, nowMs: number): string {
  const distanceMs = Date.parse(time) - nowMs;
  const [unit, unitMs] = steps.find(([, ms]) => Math.abs(distanceMs) >= ms) ?? ['minute', 60_000];
  return new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' }).format(
    Math.trunc(distanceMs / unitMs),
    unit,
  );
}

/** The country of a phone, in words; nothing where it has none. */
export function country(waId: string): string {
  const region = regionOf(waId);
  return region === null ? '' : countryName(region);
}

/** The ISO 3166 code of a phone's country; null where it has none. */
export function regionOf(waId: string): string | null {
  const region = /^\d+$/.test(waId) ? countryOf(waId) : null;
  return region === 'ZZ' ? null : region;
}

export function countryName(region: string): string {
  return new Intl.DisplayNames(locale(), { type: 'region' }).of(region) ?? region;
}

/** The countries whose national numbers can be read, by name. */
export function countries(): readonly { readonly region: string; readonly label: string }[] {
  return callingCodes
    .map(([region, callingCode]) => ({ region, label: `${countryName(region)} (+${callingCode})` }))
    .sort((one, other) => one.label.localeCompare(other.label, locale()));
}

/** One text or another: "A or B". */
export function either(texts: readonly string[]): string {
  return new Intl.ListFormat(locale(), { type: 'disjunction' }).format(texts);
}

/** Texts that all count: "A and B". */
export function both(texts: readonly string[]): string {
  return new Intl.ListFormat(locale(), { type: 'conjunction' }).format(texts);
}

/** Somebody who may hide their phone. */
export interface Somebody {
  readonly waId: string | null;
  readonly userId: string | null;
}

/** The name of a user: the phone as their country writes it, or the ID. */
export function userName({ waId, userId }: Somebody): string {
  return waId === null ? (userId ?? '') : formatPhone(waId);
}

/** The name of a user in a call. */
export function userKey({ waId, userId }: Somebody): string {
  return waId ?? userId ?? '';
}

/** The name of a user who was named by a text: a phone as their country writes it, or the ID. */
export function nameOf(text: string): string {
  return /^\d+$/.test(text) ? formatPhone(text) : text;
}
