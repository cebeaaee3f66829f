import type { Delivery, NumberInfo } from '@blockhouse/client';
import { Button, Group, NativeSelect, Table, Text } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { serverNow } from '../api/clock.ts';
import { blockhouse } from '../api/server.ts';
import { ago, date, nameOf } from '../i18n/format.ts';
import { choicesOf, t } from '../i18n/messages.ts';
import { useInAddress } from '../ui/address.ts';
import { notify, notifyFailure } from '../ui/notify.ts';
import { Loading, Problem } from '../ui/Problem.tsx';
import { Section } from '../ui/Section.tsx';
import classes from './NumberSettings.module.css';

/** How often what waits is read again. */
const everyMs = 10_000;

/** Webhooks that wait for the receiver, that it never took, and those of the last day; each can be sent again. */
export function Deliveries({ number: { id } }: { number: NumberInfo }) {
  const queries = useQueryClient();
  const [chosen, choose] = useInAddress('deliveries');
  const states = choicesOf('deliveries.states');
  const state = (states.find(({ value }) => value === chosen)?.value ?? 'waiting') as Delivery['state'];
  const query = useInfiniteQuery({
    queryKey: ['deliveries', id, state],
    refetchInterval: everyMs,
    queryFn: ({ pageParam, signal }) =>
      blockhouse.deliveries.page(
        id,
        { state, limit: 50, ...(pageParam && { after: pageParam }) },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.after,
  });
  const readAgain = () => queries.invalidateQueries({ queryKey: ['deliveries', id] });
  const onError = (error: unknown) => notifyFailure(error);
  const retry = useMutation({
    mutationFn: () => blockhouse.deliveries.retryNow(id),
    onSuccess: () => notify(t('deliveries.retried')),
    onError,
    onSettled: readAgain,
  });
  const redeliver = useMutation({
    mutationFn: (delivery: string) => blockhouse.deliveries.redeliver(id, delivery),
    onSuccess: () => notify(t('deliveries.redelivered')),
    onError,
    onSettled: readAgain,
  });
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <Section title={t('deliveries.title')}>
      <Group align="end">
        <NativeSelect
          label={t('deliveries.show')}
          value={state}
          onChange={(event) => choose(event.currentTarget.value)}
          data={[...states]}
        />
        {state === 'waiting' && rows.length > 0 && (
          <Button variant="default" loading={retry.isPending} onClick={() => retry.mutate()}>
            {t('deliveries.retry')}
          </Button>
        )}
      </Group>
      {query.isPending ? (
        <Loading />
      ) : query.isError && rows.length === 0 ? (
        <Problem error={query.error} onRetry={() => void query.refetch()} />
      ) : rows.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('deliveries.empty')}
        </Text>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        <section className={classes['scroller']} tabIndex={0} aria-label={t('deliveries.title')}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                {choicesOf('deliveries.columns').map(({ value, label }) => (
                  <Table.Th key={value}>{label}</Table.Th>
                ))}
                {state !== 'waiting' && <Table.Th>{t('keys.columns.more')}</Table.Th>}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row) => (
                <Table.Tr key={row.id}>
                  <Table.Td>
                    <bdi dir="ltr">{nameOf(row.waId)}</bdi>
                  </Table.Td>
                  <Table.Td>{date(row.createdAt)}</Table.Td>
                  <Table.Td>{row.attemptCount}</Table.Td>
                  <Table.Td>{lastAttempt(row)}</Table.Td>
                  {state !== 'waiting' && (
                    <Table.Td>
                      <Button
                        size="compact-sm"
                        variant="default"
                        aria-label={t('deliveries.redeliverOf', { who: nameOf(row.waId) })}
                        onClick={() => redeliver.mutate(row.id)}
                      >
                        {t('deliveries.redeliver')}
                      </Button>
                    </Table.Td>
                  )}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      )}
      {query.hasNextPage && (
        <Group>
          <Button
            variant="default"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {t('activity.more')}
          </Button>
        </Group>
      )}
    </Section>
  );
}

function lastAttempt({ lastAttempt: last }: Delivery): string {
  if (last === null) return t('deliveries.notYet');
  const when = ago(last.at, serverNow());
  return last.problem === null
    ? t('deliveries.accepted', { when })
    : t('deliveries.failed', { when, problem: last.problem });
}
