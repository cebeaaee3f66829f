import { Stack, Text, Title } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { ActivityTable } from '../activity/ActivityTable.tsx';
import { blockhouse } from '../api/server.ts';
import { t } from '../i18n/messages.ts';
import { Loading, Problem } from '../ui/Problem.tsx';

/** Entries of one request. */
const pageRows = 25;

/** The activity about a person on every number, newest first. */
export function History({ user }: { user: string }) {
  const query = useInfiniteQuery({
    queryKey: ['activity', 'of', user],
    queryFn: ({ pageParam, signal }) =>
      blockhouse.activity.page({ user, limit: pageRows, ...(pageParam && { after: pageParam }) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.after,
  });
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <Stack gap="xs">
      <Title order={2} size="h5">
        {t('person.history')}
      </Title>
      {query.isPending ? (
        <Loading />
      ) : query.isError && rows.length === 0 ? (
        <Problem error={query.error} onRetry={() => void query.refetch()} />
      ) : rows.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('person.noHistory')}
        </Text>
      ) : (
        <ActivityTable
          label={t('person.history')}
          columns={['at', 'operation', 'number', 'outcome', 'by', 'note']}
          rows={rows}
          pages={query}
        />
      )}
    </Stack>
  );
}
