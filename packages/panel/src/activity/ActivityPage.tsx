import type { ActivityEntry } from '@blockhouse/client';
import { Button, Group, NativeSelect, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { blockhouse, ownFetch } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { date } from '../i18n/format.ts';
import { choicesOf, type Family, t, textFor } from '../i18n/messages.ts';
import { formatPhone } from '../i18n/phone.ts';
import { notifyFailure } from '../ui/notify.ts';
import { Empty, Loading, Problem } from '../ui/Problem.tsx';
import classes from './ActivityPage.module.css';
import { Traffic } from './Traffic.tsx';

/** The activity of a number, newest first, below the messages that arrived. */
export function ActivityPage() {
  const { number } = useNumber();
  const [operation, setOperation] = useState('');
  const [outcome, setOutcome] = useState('');
  const [user, setUser] = useState('');
  const [askedUser] = useDebouncedValue(user.trim(), 300);
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
    setOperation(chosen);
    if (outcome === 'placed' && chosen !== 'standing_block') setOutcome('');
  };
  const chooseOutcome = (chosen: string) => {
    setOutcome(chosen);
    if (chosen === 'placed') setOperation('standing_block');
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
          onClick={() => void exportCsv(filter).catch((error: unknown) => notifyFailure(error))}
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
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
        />
      </search>
      {query.isPending ? (
        <Loading />
      ) : query.isError && rows.length === 0 ? (
        <Problem error={query.error} onRetry={() => void query.refetch()} />
      ) : rows.length === 0 ? (
        <Empty title={isFiltered ? t('activity.nothing') : t('activity.empty')} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        <section className={classes['scroller']} tabIndex={0} aria-label={t('activity.title')}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                {choicesOf('activity.columns').map(({ value, label }) => (
                  <Table.Th key={value}>{label}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row, index) => (
                <Table.Tr key={`${row.at} ${row.user} ${index}`}>
                  <Table.Td>{date(row.at)}</Table.Td>
                  <Table.Td>{t(`activity.operations.${row.operation}`)}</Table.Td>
                  <Table.Td>
                    <bdi dir="ltr">{row.waId === null ? row.user : formatPhone(row.waId)}</bdi>
                  </Table.Td>
                  <Table.Td>{outcomeWords(row)}</Table.Td>
                  <Table.Td>
                    <bdi>{row.person ?? row.key?.name ?? row.key?.id ?? t('activity.elsewhere')}</bdi>
                  </Table.Td>
                  <Table.Td>
                    <bdi>{row.note}</bdi>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          {query.hasNextPage && (
            <Button
              variant="default"
              m="sm"
              loading={query.isFetchingNextPage}
              onClick={() => void query.fetchNextPage()}
            >
              {t('activity.more')}
            </Button>
          )}
          {query.isError && <Text c="var(--mantine-color-error)">{t('offline')}</Text>}
        </section>
      )}
    </Stack>
  );
}

function outcomeWords({ operation, outcome }: ActivityEntry): string {
  if (outcome === 'done' && operation === 'standing_block') return t('activity.placed');
  if (outcome === 'done' && operation === 'withdraw') return t('activity.withdrawn');
  return textFor('activity.outcomes', outcome) ?? outcome;
}

async function exportCsv(filter: Readonly<Record<string, string>>): Promise<void> {
  const query = new URLSearchParams(filter);
  const response = await ownFetch(`/blockhouse/v1/activity?${query}`, { headers: { accept: 'text/csv' } });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = 'activity.csv';
  link.click();
  URL.revokeObjectURL(link.href);
}
