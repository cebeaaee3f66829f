import type { QueryClient } from '@tanstack/react-query';
import { invalidate, lists, others, readAgain } from './changes.ts';
import { blockhouse } from './server.ts';

/**
 * Something about a number has changed on the server. Most changes are messages, which change no list: a list of many pages is read
 * again only if there is a new entry in the activity, which is one small request.
 */
export async function readChanges(queries: QueryClient, number: string): Promise<void> {
  const isLong = queries
    .getQueriesData<{ readonly pages: readonly unknown[] }>({ queryKey: ['blocked', number] })
    .some(([, data]) => (data?.pages.length ?? 0) > 1);
  if (!isLong) return await readAgain(queries);
  const [entry] = (await blockhouse.activity.page({ number, limit: 1 })).rows;
  const key = ['newest entry', number];
  const newest = JSON.stringify(entry ?? null);
  const isSame = queries.getQueryData(key) === newest;
  queries.setQueryData(key, newest);
  await invalidate(queries, isSame ? others : [...lists, ...others]);
}
