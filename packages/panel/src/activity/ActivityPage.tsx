import type { ActivityEntry } from '@blockhouse/client';
import { Button, Group, NativeSelect, Stack, TextInput, Title } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { blockhouse } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { choicesOf, type Family, t } from '../i18n/messages.ts';
import { changeAddress, useInAddress, useTypedInAddress } from '../ui/address.ts';
import { downloadCsv } from '../ui/download.ts';
import { notifyFailure } from '../ui/notify.ts';
import { Empty, Loading, Problem } from '../ui/Problem.tsx';
import classes from './ActivityPage.module.css';
import { ActivityTable } from './ActivityTable.tsx';
import { Traffic } from './Traffic.tsx';

/** The activity of a number, newest first, below the messages that arrived. */
export function ActivityPage() {
  const { number } = useNumber();
  const [operation] = useInAddress('operation');
  const [outcome] = useInAddress('outcome');
  const user = useTypedInAddress('user');
  const askedUser = user.settled;
  const filter = useMemo(
    () => ({
      number: number.id,
      ...(operation !== '' && { operation: operation as ActivityEntry['operation'] }),
      ...(outcome !== '' && { outcome: outcome === 'placed' ? 'done' : outcome }),
      ...(askedUser !== '' && { user: askedUser }),
    }),
    [number.id, operation, outcome, askedUser],
  );
  const query = useInfiniteQuery({
    queryKey: ['activity', filter],
    queryFn: ({ pageParam, signal }) =>
      blockhouse.activity.page({ ...filter, limit: 100, ...(pageParam && { after: pageParam }) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.after,
  });
  const traffic = useQuery({
    queryKey: ['activity', 'traffic', number.id],
    queryFn: ({ signal }) => blockhouse.numbers.traffic(number.id, {}, { signal }),
  });
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
  const isFiltered = operation !== '' || outcome !== '' || askedUser !== '';
  const any = { value: '', label: t('activity.anything') };
  const chooseOperation = (chosen: string) => {
    const isOther = outcome === 'placed' && chosen !== 'standing_block';
    changeAddress({ operation: chosen, ...(isOther && { outcome: '' }) });
  };
  const chooseOutcome = (chosen: string) => {
    changeAddress({ outcome: chosen, ...(chosen === 'placed' && { operation: 'standing_block' }) });
  };
  const choices = (family: Family) => [any, ...choicesOf(family)];

  return (
    <Stack className={classes['page'] ?? ''}>
      <Group justify="space-between">
        <Title order={1} size="h3">
          {t('activity.title')}
        </Title>
        <Button
          variant="default"
          onClick={() =>
            void downloadCsv(`/blockhouse/v1/activity?${new URLSearchParams(filter)}`, 'activity.csv').catch(
              notifyFailure,
            )
          }
        >
          {t('activity.export')}
        </Button>
      </Group>
      {traffic.data !== undefined && <Traffic hours={traffic.data} />}
      <search className={classes['filters']} aria-label={t('activity.filters')}>
        <NativeSelect
          label={t('activity.operation')}
          value={operation}
          onChange={(event) => chooseOperation(event.currentTarget.value)}
          data={choices('activity.operations')}
        />
        <NativeSelect
          label={t('activity.outcome')}
          value={outcome}
          onChange={(event) => chooseOutcome(event.currentTarget.value)}
          data={[...choices('activity.outcomes'), { value: 'placed', label: t('activity.placed') }]}
        />
        <TextInput
          label={t('activity.user')}
          value={user.text}
          onChange={(event) => user.type(event.currentTarget.value)}
        />
      </search>
      {query.isPending ? (
        <Loading />
      ) : query.isError && rows.length === 0 ? (
        <Problem error={query.error} onRetry={() => void query.refetch()} />
      ) : rows.length === 0 ? (
        <Empty title={isFiltered ? t('activity.nothing') : t('activity.empty')} />
      ) : (
        <ActivityTable
          label={t('activity.title')}
          columns={['at', 'operation', 'user', 'outcome', 'by', 'note']}
          rows={rows}
          pages={query}
        />
      )}
    </Stack>
  );
}
