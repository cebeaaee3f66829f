import { pageDefault, pageMax } from '@blockhouse/engine';
import { invalid, shown } from '../shared/errors.ts';
import { parameterOf } from '../shared/request-url.ts';

/** A cursor of our own lists. It has the position of the last row, so that changes of other rows do not move it. */
export function encodeKeysetCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Reads `after`; null: from the beginning. @param kinds the types of the parts. @throws RequestError */
export function decodeKeysetCursor(
  query: unknown,
  kinds: readonly ('string' | 'number')[],
): (string | number)[] | null {
  const text = parameterOf(query, 'after');
  if (text === null) return null;
  const position = parsed(text);
  const fits =
    Array.isArray(position) &&
    position.length === kinds.length &&
    position.every((part, index) => {
      const kind = kinds[index];
      if (typeof part === 'number') return kind !== 'string' && Number.isSafeInteger(part);
      return typeof part === 'string' && kind === 'string' && part.length <= 500 && !part.includes('\0');
    });
  if (!fits) throw invalid(`Param after must be a cursor of this list - got "${shown(text)}".`);
  return position as (string | number)[];
}

/** Reads `limit`: 25 by default, at most 1,000. */
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
