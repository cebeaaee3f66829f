import type { ListQuery, NumberInfo } from '@blockhouse/client';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { serverNow } from './clock.ts';
import { blockhouse } from './server.ts';

/** Rows asked for at once. */
const pageRows = 1000;

/** @param options.isWatched their health is shown: it is read at once, and again every so often. */
export function useNumbers({ isWatched = false }: { isWatched?: boolean } = {}) {
  return useQuery({
    queryKey: ['numbers'],
    ...(isWatched && { staleTime: 0, refetchInterval: 10_000 }),
    queryFn: ({ signal }): Promise<readonly NumberInfo[]> => blockhouse.numbers({ signal }),
  });
}

/** The list of a number. When it has changed, the pages that were read are read again, each from where the one before ends. */
export function useBlocked(number: string, query: ListQuery) {
  return useInfiniteQuery({
    queryKey: ['blocked', number, query],
    queryFn: ({ pageParam, signal }) =>
      blockhouse.blocksPage(
        number,
        { ...query, limit: pageRows, ...(pageParam && { after: pageParam }) },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.after,
  });
}

export function useStanding(number: string, search: string) {
  return useInfiniteQuery({
    queryKey: ['standing', number, search],
    queryFn: ({ pageParam, signal }) =>
      blockhouse.standingBlocksPage(
        number,
        { ...(search && { search }), limit: pageRows, ...(pageParam && { after: pageParam }) },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.after,
  });
}

/** How many are blocked, how many standing blocks wait, and what was dropped today. */
export function useCounts(number: string) {
  return useQuery({
    queryKey: ['counts', number],
    queryFn: async ({ signal }) => {
      const [blocked, standing, hours] = await Promise.all([
        blockhouse.blocksPage(number, { limit: 1 }, { signal }),
        blockhouse.standingBlocksPage(number, { limit: 1 }, { signal }),
        blockhouse.traffic(number, {}, { signal }),
      ]);
      const today = new Date(serverNow()).setHours(0, 0, 0, 0);
      const dropped = hours
        .filter(({ hour }) => Date.parse(hour) >= today)
        .reduce((sum, hour) => sum + hour.dropped, 0);
      return { blocked: blocked.total ?? 0, standing: standing.total ?? 0, dropped };
    },
    // Events come of the number that is chosen; these are of every number.
    refetchInterval: 15_000,
  });
}

/** Reads the next page, where there is one: once, and after a failure only when somebody asks for it. */
export function useNextPage(query: {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly isFetchNextPageError: boolean;
  readonly fetchNextPage: () => unknown;
}): () => void {
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = query;
  const isOpen = hasNextPage && !isFetchingNextPage && !isFetchNextPageError;
  return useCallback(() => {
    if (isOpen) fetchNextPage();
  }, [isOpen, fetchNextPage]);
}
