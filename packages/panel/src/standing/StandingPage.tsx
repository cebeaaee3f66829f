import type { StandingBlock } from '@blockhouse/client';
import { Badge, Button, Group, Text, TextInput, Title, VisuallyHidden } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { readAgain, unblockRefusalWords, unrefused } from '../api/changes.ts';
import { serverNow } from '../api/clock.ts';
import { useNextPage, useStanding } from '../api/queries.ts';
import { blockhouse } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { ago, date, number as inWords, userKey, userName } from '../i18n/format.ts';
import { t } from '../i18n/messages.ts';
import { PersonLink } from '../person/PersonLink.tsx';
import { useTypedInAddress } from '../ui/address.ts';
import { notify, notifyFailure } from '../ui/notify.ts';
import { Empty, Loading, Problem } from '../ui/Problem.tsx';
import { type Column, VirtualGrid } from '../ui/VirtualGrid.tsx';
import classes from './StandingPage.module.css';

/** The users who have a standing block. */
export function StandingPage() {
  const { number } = useNumber();
  const queries = useQueryClient();
  const search = useTypedInAddress('search');
  const asked = search.settled;
  const query = useStanding(number.id, asked);
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.rows) ?? [], [query.data]);
  const total = query.data?.pages[0]?.total ?? -1;
  const withdraw = useMutation({
    mutationFn: async (row: StandingBlock) =>
      unrefused(
        await blockhouse.standingBlocks.withdraw({ users: [userKey(row)], numbers: [number.id] }),
        unblockRefusalWords,
      ),
    onError: (error) => notifyFailure(error),
    onSuccess: (_result, row) => notify(t('standing.withdrawn', { who: userName(row) })),
    onSettled: () => readAgain(queries),
  });
  const withdrawRow = withdraw.mutate;
  const columns = useMemo((): readonly Column<StandingBlock>[] => {
    return [
      {
        id: 'user',
        header: t('standing.columns.user'),
        cell: (row, { tabIndex }) => (
          <>
            <PersonLink user={userKey(row)} tabIndex={tabIndex}>
              <bdi dir="ltr">{userName(row)}</bdi>
            </PersonLink>
            {row.name !== null && (
              <bdi className={classes['name']} title={row.name}>
                {row.name}
              </bdi>
            )}
          </>
        ),
      },
      { id: 'placed', header: t('standing.columns.placed'), cell: (row) => date(row.placedAt) },
      {
        id: 'by',
        header: t('standing.columns.by'),
        cell: (row) => <bdi>{row.person ?? row.key?.name ?? '–'}</bdi>,
      },
      {
        id: 'note',
        header: t('standing.columns.note'),
        cell: (row) => <bdi title={row.note ?? ''}>{row.note}</bdi>,
      },
      {
        id: 'until',
        header: t('standing.columns.until'),
        cell: (row) => (row.until === null ? t('blocked.forGood') : date(row.until)),
      },
      {
        id: 'last',
        header: t('standing.columns.last'),
        cell: (row) =>
          row.lastInboundAt === null ? t('standing.never') : ago(row.lastInboundAt, serverNow()),
      },
      {
        id: 'more',
        header: <VisuallyHidden>{t('standing.columns.more')}</VisuallyHidden>,
        cell: (row, { tabIndex }) => (
          <Button
            size="compact-sm"
            variant="default"
            tabIndex={tabIndex}
            aria-label={t('standing.withdrawOf', { who: userName(row) })}
            onClick={() => withdrawRow(row)}
          >
            {t('standing.withdraw')}
          </Button>
        ),
      },
    ];
  }, [withdrawRow]);
  const onNearEnd = useNextPage(query);
  const isSearched = asked !== '';

  return (
    <div className={classes['page']}>
      <Group gap="sm">
        <Title order={1} size="h3">
          {t('standing.title')}
        </Title>
        {total >= 0 && <Badge variant="default">{inWords(total)}</Badge>}
      </Group>
      <Text size="sm" c="dimmed">
        {t('standing.about')}
      </Text>
      <TextInput
        type="search"
        className={classes['search'] ?? ''}
        aria-label={t('standing.search')}
        placeholder={t('standing.search')}
        value={search.text}
        onChange={(event) => search.type(event.currentTarget.value)}
      />
      {query.isPending ? (
        <Loading />
      ) : query.isError && rows.length === 0 ? (
        <Problem error={query.error} onRetry={() => void query.refetch()} />
      ) : rows.length === 0 ? (
        <Empty
          title={isSearched ? t('standing.nothing') : t('standing.empty')}
          {...(!isSearched && { hint: t('standing.emptyHint') })}
        />
      ) : (
        <VirtualGrid
          label={t('standing.title')}
          className={classes['grid'] ?? ''}
          columns={columns}
          rows={rows}
          total={isSearched ? -1 : total}
          keyOf={userKey}
          onNearEnd={onNearEnd}
        />
      )}
      {query.isError && rows.length > 0 && (
        <Problem
          error={query.error}
          onRetry={() => void (query.isFetchNextPageError ? query.fetchNextPage() : query.refetch())}
        />
      )}
    </div>
  );
}
