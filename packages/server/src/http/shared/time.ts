import { clockMaxMs } from '@blockhouse/engine';
import { invalid, shown } from './errors.ts';

/** A date, a time and a time zone. */
const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/;

/** Reads an ISO 8601 time with a time zone, from 1970 to 2200, as milliseconds since 1970. @throws RequestError */
export function readTime(parameter: string, text: string): number {
  const timeMs = form.test(text) && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
  if (!(timeMs >= 0 && timeMs <= clockMaxMs)) {
    throw invalid(
      `Param ${parameter} must be a time such as 2026-03-01T12:00:00Z, from 1970 to 2200 - got "${shown(text)}".`,
    );
  }
  return timeMs;
}

/** Whether the calendar has a day. `Date.parse` takes February 30 for March 2. */
function isDay(day: string): boolean {
  const dayMs = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(dayMs) && new Date(dayMs).toISOString().startsWith(day);
}

/** A time as our own API writes it, in ISO 8601. */
export function isoTime(ms: number): string;
export function isoTime(ms: number | null): string | null;
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
