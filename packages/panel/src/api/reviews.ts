import type { NumberInfo } from '@blockhouse/client';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { blockhouse } from './server.ts';

/** Messages of one request. */
const pageRows = 200;

/** Messages of a number that wait for a decision, oldest first. */
export function useReviews({ id }: NumberInfo) {
  return useInfiniteQuery({
    queryKey: ['reviews', id],
    queryFn: ({ pageParam, signal }) =>
      blockhouse.reviews.page(
        id,
        { limit: pageRows, ...(pageParam !== null && { after: pageParam }) },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.after,
  });
}

/** How many messages of a number wait. */
export function useReviewCount(id: string | null) {
  return useQuery({
    queryKey: ['reviews', id, 'count'],
    queryFn: async ({ signal }) => (await blockhouse.reviews.page(id ?? '', { limit: 1 }, { signal })).total,
    enabled: id !== null,
  });
}
