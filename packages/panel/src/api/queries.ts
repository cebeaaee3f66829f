import type { ListQuery, NumberInfo, RequestOptions } from '@blockhouse/client';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { serverNow } from './clock.ts';
import { blockhouse } from './server.ts';

/** Rows of one request. */
const pageRows = 1000;

/**
 * How a blocklist is asked for. A list at Meta is read there page by page, which takes the server up to a minute. A
 * client that gives up sooner and asks again makes it start again.
 */
const listOptions: Readonly<Record<NumberInfo['platform'], RequestOptions>> = {
  local: {},
  cloud: { timeoutMs: 70_000, deadlineMs: 70_000, retries: 0 },
};

/** How often data without events is read again: from the server itself, and from Meta. */
const countsEveryMs = { local: 15_000, cloud: 5 * 60_000 };

/** @param options.isWatched their health is shown: it is read immediately, and again every so often. */
export function useNumbers({ isWatched = false }: { isWatched?: boolean } = {}) {
  return useQuery({
    queryKey: ['numbers'],
    ...(isWatched && { staleTime: 0, refetchInterval: 10_000 }),
    queryFn: ({ signal }): Promise<readonly NumberInfo[]> => blockhouse.numbers.list({ signal }),
  });
}

/**
 * The list of a number. When it has changed, the pages that were read are read again, each from where the one before
 * ends.
 */
export function useBlocked({ id, platform }: NumberInfo, query: ListQuery) {
  return useInfiniteQuery({
    queryKey: ['blocked', id, query],
    queryFn: ({ pageParam, signal }) =>
      blockhouse.blocks.page(
        id,
        { ...query, limit: pageRows, ...(pageParam && { after: pageParam }) },
        { ...listOptions[platform], signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.after,
  });
}

export function useStanding(number: string, search: string) {
  return useInfiniteQuery({
    queryKey: ['standing', number, search],
    queryFn: ({ pageParam, signal }) =>
      blockhouse.standingBlocks.page(
        number,
        { ...(search && { search }), limit: pageRows, ...(pageParam && { after: pageParam }) },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.after,
  });
}

/** How many are blocked. Meta is asked for the whole list of a number that lives there. */
export function useBlockedCount({ id, platform }: NumberInfo) {
  return useQuery({
    queryKey: ['counts', id, 'blocked'],
    queryFn: async ({ signal }) =>
      (await blockhouse.blocks.page(id, { limit: 1 }, { ...listOptions[platform], signal })).total ?? 0,
    // Events are about the number that is chosen; these are about every number.
    refetchInterval: countsEveryMs[platform],
  });
}

/** How many standing blocks wait, and how many messages were dropped today: the server knows both by itself. */
export function useOwnCounts({ id }: NumberInfo) {
  return useQuery({
    queryKey: ['counts', id, 'own'],
    queryFn: async ({ signal }) => {
      const [standing, hours] = await Promise.all([
        blockhouse.standingBlocks.page(id, { limit: 1 }, { signal }),
        blockhouse.numbers.traffic(id, {}, { signal }),
      ]);
      const today = new Date(serverNow()).setHours(0, 0, 0, 0);
      const dropped = hours
        .filter(({ hour }) => Date.parse(hour) >= today)
        .reduce((sum, hour) => sum + hour.dropped, 0);
      return { standing: standing.total ?? 0, dropped };
    },
    refetchInterval: countsEveryMs.local,
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
