import { type Cursor, decodeCursor, type PageRequest, pageLimit } from '@blockhouse/engine';
import { invalid, shown } from './errors.ts';
import { parameterOf } from './request-url.ts';

/** Graph's integers have 32 bits; what does not fit is no number to it. */
const integerMax = 2 ** 31 - 1;

/** Reads `limit`, `after` and `before`; an empty parameter counts as absent. */
export function readPageRequest(query: unknown): PageRequest {
  return {
    limit: pageLimit(readLimit(parameterOf(query, 'limit'))),
    after: readCursor('after', parameterOf(query, 'after')),
    before: readCursor('before', parameterOf(query, 'before')),
  };
}

/** The same where the list is somebody else's: only they can say what is wrong with a cursor, and how long a page is at most. */
export function readOpaquePage(query: unknown): { limit?: number; after?: string; before?: string } {
  const limit = readLimit(parameterOf(query, 'limit'));
  const after = parameterOf(query, 'after');
  const before = parameterOf(query, 'before');
  return {
    ...(limit !== null && { limit }),
    ...(after !== null && { after }),
    ...(before !== null && { before }),
  };
}

function readLimit(text: string | null): number | null {
  if (text === null) return null;
  const limit = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > integerMax) {
    throw invalid(`Param limit must be a whole number of at least 1 - got "${shown(text)}".`);
  }
  return limit;
}

function readCursor(name: string, text: string | null): Cursor | null {
  if (text === null) return null;
  const cursor = decodeCursor(text);
  if (cursor === null) throw invalid(`Param ${name} must be a cursor of this list - got "${shown(text)}".`);
  return cursor;
}
