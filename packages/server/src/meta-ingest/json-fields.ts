/** The fields of an object in a webhook. Nothing about their types is known. */
export type Fields = Readonly<Record<string, unknown>>;

/** The whole seconds of a webhook's times include everything up to their last millisecond. */
const lastMsOfSecond = 999;

export function objectOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function objectsOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : [];
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= 512 ? value : null;
}

/** A time in seconds, as milliseconds; 0 if it is not a number. */
export function timeOf(value: unknown): number {
  const seconds = Number(typeof value === 'string' || typeof value === 'number' ? value : Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : 0;
}

/** The latest time that a time in seconds can stand for, but not later than now. */
export function latestTimeOf(value: unknown, nowMs: number): number {
  return Math.min(timeOf(value) + lastMsOfSecond, nowMs);
}
