import { nameLengthMax } from './limits.ts';

/** The beginning of a text, without half a character at its end. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}

/** A name as it is stored and searched: trimmed and cut. Webhooks pass a name on as it came. */
export function storedName(name: string | null): string | null {
  return name === null ? null : cut(name.trim(), nameLengthMax) || null;
}
