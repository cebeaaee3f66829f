import { pageDefault, pageMax } from '@blockhouse/engine';
import { invalid, shown } from '../shared/errors.ts';
import { parameterOf } from '../shared/request-url.ts';

/*
 * Cursors of our own lists: where the last row stood in the order, so that what happens to other rows moves nobody's place.
 */

export function encodeKeysetCursor(place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Reads `after`; null: from the beginning. @param kinds what each part must be. */
export function decodeKeysetCursor(
  query: unknown,
  kinds: readonly ('string' | 'number')[],
): (string | number)[] | null {
  const text = parameterOf(query, 'after');
  if (text === null) return null;
  const place = parsed(text);
  const fits =
    Array.isArray(place) &&
    place.length === kinds.length &&
    place.every((part, index) => {
      const kind = kinds[index];
      if (typeof part === 'number') return kind !== 'string' && Number.isSafeInteger(part);
      return typeof part === 'string' && kind === 'string' && part.length <= 500 && !part.includes('\0');
    });
  if (!fits)
    throw invalid(`Param after must be a cursor that this list has given out - got "${shown(text)}".`);
  return place as (string | number)[];
}

/** Reads `limit`: 25 when none is asked for, at most 1,000. */
export function readLimit(query: unknown): number {
  const text = parameterOf(query, 'limit');
  if (text === null) return pageDefault;
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (limit < 1) throw invalid(`Param limit must be a whole number of at least 1 - got "${shown(text)}".`);
  return Math.min(limit, pageMax);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}
