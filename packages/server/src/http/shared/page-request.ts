import { type Cursor, decodeCursor, type PageRequest, pageLimit } from '@blockhouse/engine';
import { invalid, shown } from './errors.ts';
import { parameterOf } from './request-url.ts';

/** Graph's integers have 32 bits. It refuses a larger number as no number. */
const integerMax = 2 ** 31 - 1;

/**
 * Reads `limit`, `after` and `before` of a request for a page of a list in the store.
 * @param pageDefault the limit of a request that has none; null: that of Meta's API.
 */
export function readPageRequest(query: unknown, pageDefault: number | null): PageRequest {
  return {
    limit: pageLimit(readLimit(query) ?? pageDefault),
    after: readCursor(query, 'after'),
    before: readCursor(query, 'before'),
  };
}

/**
 * The same for a list at Meta, which reads its own cursors.
 * @param pageDefault null: the limit goes to Meta as it is.
 */
export function readLivePageRequest(
  query: unknown,
  pageDefault: number | null,
): { limit?: number; after?: string; before?: string } {
  const asked = readLimit(query);
  const limit = pageDefault === null ? asked : pageLimit(asked ?? pageDefault);
  const after = parameterOf(query, 'after');
  const before = parameterOf(query, 'before');
  return {
    ...(limit !== null && { limit }),
    ...(after !== null && { after }),
    ...(before !== null && { before }),
  };
}

function readLimit(query: unknown): number | null {
  const text = parameterOf(query, 'limit');
  if (text === null) return null;
  const limit = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= integerMax) return limit;
  throw invalid(`Param limit must be a whole number of at least 1 - got "${shown(text)}".`);
}

function readCursor(query: unknown, name: 'after' | 'before'): Cursor | null {
  const text = parameterOf(query, name);
  if (text === null) return null;
  const cursor = decodeCursor(text);
  if (cursor === null) throw invalid(`Param ${name} must be a cursor of this list - got "${shown(text)}".`);
  return cursor;
}
