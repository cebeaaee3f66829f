import type { BlockDetails, ListQuery } from '@blockhouse/client';
import {
  ActionIcon,
  Anchor,
  Badge,
  Button,
  Checkbox,
  Group,
  Menu,
  Modal,
  NativeSelect,
  Text,
  TextInput,
  Title,
  VisuallyHidden,
} from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useContext, useMemo, useState } from 'react';
import { Link } from 'wouter';
import { readAgain } from '../api/changes.ts';
import { useBlocked, useNextPage } from '../api/queries.ts';
import { useNumber } from '../app/number.ts';
import { SessionContext } from '../app/session.ts';
import { BlockDialog } from '../block/BlockDialog.tsx';
import { country, date, day, number as inWords, userKey, userName } from '../i18n/format.ts';
import { choicesOf, t } from '../i18n/messages.ts';
import { PersonLink } from '../person/PersonLink.tsx';
import { useInAddress, useTypedInAddress } from '../ui/address.ts';
import { copyUser } from '../ui/copy-user.ts';
import { downloadCsv } from '../ui/download.ts';
import { IconDots, IconPlus } from '../ui/icons.tsx';
import { notify, notifyFailure } from '../ui/notify.ts';
import { Empty, Loading, Problem } from '../ui/Problem.tsx';
import { ProgressBar, useSteps } from '../ui/ProgressBar.tsx';
import { tellWithUndo, undoLast } from '../ui/undo.tsx';
import { usePicked } from '../ui/use-picked.ts';
import { type Column, VirtualGrid } from '../ui/VirtualGrid.tsx';
import classes from './BlockedPage.module.css';
import { ChangeDialog } from './ChangeDialog.tsx';
import { blockAgain, unblock } from './unblock.ts';

type Sort = NonNullable<ListQuery['sort']>;

/** The blocked users of a number: live, however many there are. */
export function BlockedPage() {
  const { number } = useNumber();
  const search = useTypedInAddress('search');
  const [sortInAddress, setSort] = useInAddress('sort');
  const sort = sortOf(sortInAddress);
  const asked = search.settled;
  const query = useBlocked(number, { sort, ...(asked !== '' && { search: asked }) });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.rows) ?? [], [query.data]);
  const total = query.data?.pages[0]?.total ?? -1;
  const [dialog, setDialog] = useInAddress('dialog', 'push');
  const { picked, pickedKeys, pick, clear } = usePicked(rows, userKey);
  const remove = useUnblock(number.id, clear);
  const { columns, openMenu } = useColumns({ pickedKeys, pick, onUnblock: remove.mutate });
  useHotkeys([['mod+Z', undoLast]]);

  const onNearEnd = useNextPage(query);
  const isSearched = asked !== '';
  return (
    <div className={classes['page']}>
      <Group justify="space-between" gap="sm">
        <Group gap="sm">
          <Title order={1} size="h3">
            {t('blocked.title')}
          </Title>
          {total >= 0 && <Badge variant="default">{t('blocked.count', { count: total })}</Badge>}
        </Group>
        <Group gap="xs">
          {rows.length > 0 && (
            <Button variant="default" onClick={() => void exportList(number.id, { sort, asked })}>
              {t('blocked.export')}
            </Button>
          )}
          <Button leftSection={<IconPlus />} onClick={() => setDialog('block')}>
            {t('blocked.block')}
          </Button>
        </Group>
      </Group>
      <div className={classes['tools']}>
        <TextInput
          maxLength={100}
          type="search"
          aria-label={t('blocked.search')}
          placeholder={t('blocked.search')}
          value={search.text}
          onChange={(event) => search.type(event.currentTarget.value)}
        />
        <NativeSelect
          aria-label={t('blocked.sort')}
          value={sort}
          onChange={(event) => setSort(event.currentTarget.value)}
          data={choicesOf('blocked.sorts')}
        />
        <Group gap="sm" role="status">
          {picked.length > 0 && (
            <>
              <Text size="sm">{t('blocked.picked', { count: picked.length })}</Text>
              <Button variant="default" loading={remove.isPending} onClick={() => remove.mutate(picked)}>
                {t('blocked.unblockPicked')}
              </Button>
              <Button variant="default" onClick={() => setDialog('change')}>
                {t('blocked.change')}
              </Button>
              <Button variant="subtle" onClick={clear}>
                {t('blocked.clear')}
              </Button>
            </>
          )}
        </Group>
      </div>
      <VisuallyHidden id="blocked-keys">{t('blocked.keys')}</VisuallyHidden>
      {query.isPending ? (
        <Loading {...(number.platform === 'cloud' && { hint: t('blocked.atMeta') })} />
      ) : query.isError && rows.length === 0 ? (
        <Problem error={query.error} onRetry={() => void query.refetch()} />
      ) : rows.length === 0 ? (
        <Empty
          title={isSearched ? t('blocked.nothing') : t('blocked.empty')}
          {...(!isSearched && { hint: t('blocked.emptyHint') })}
        />
      ) : (
        <VirtualGrid
          label={t('blocked.title')}
          describedBy="blocked-keys"
          className={classes['grid'] ?? ''}
          columns={columns}
          rows={rows}
          total={isSearched && query.hasNextPage ? -1 : isSearched ? rows.length : total}
          keyOf={userKey}
          picked={pickedKeys}
          onPick={pick}
          // A moment later, or the menu would see the key that opened it and close: it listens on the document.
          onOpen={(row) => setTimeout(openMenu, 0, userKey(row))}
          onNearEnd={onNearEnd}
        />
      )}
      {query.isError && rows.length > 0 && (
        <Problem
          error={query.error}
          onRetry={() => void (query.isFetchNextPageError ? query.fetchNextPage() : query.refetch())}
        />
      )}
      <BlockDialog opened={dialog === 'block'} onClose={() => setDialog('')} />
      <ChangeDialog
        isOpen={dialog === 'change'}
        number={number.id}
        rows={picked}
        onClose={() => setDialog('')}
        onDone={() => {
          clear();
          setDialog('');
        }}
      />
      <Modal
        opened={remove.steps !== null && remove.steps.total >= watchedMin}
        onClose={remove.stop}
        title={t('bulk.unblockTitle', { count: remove.steps?.total ?? 0 })}
        closeButtonProps={{ 'aria-label': t('block.stop') }}
      >
        {remove.steps !== null && <ProgressBar steps={remove.steps} onStop={remove.stop} />}
      </Modal>
    </div>
  );
}

/** The order that an address names; newest first where it names none that there is. */
function sortOf(text: string): Sort {
  const known = choicesOf('blocked.sorts').some(({ value }) => value === text);
  return known ? (text as Sort) : '-blocked_at';
}

/** Downloads what the list shows. */
async function exportList(
  number: string,
  { sort, asked }: { readonly sort: Sort; readonly asked: string },
): Promise<void> {
  const query = new URLSearchParams({ sort, ...(asked !== '' && { search: asked }) });
  await downloadCsv(`/blockhouse/v1/numbers/${number}/blocks?${query}`, 'blocked.csv').catch(notifyFailure);
}

/** Unblocking so many takes long enough to be watched, and stopped. */
const watchedMin = 500;

function useUnblock(number: string, onDone: () => void) {
  const queries = useQueryClient();
  const { steps, run, stop } = useSteps();
  const mutation = useMutation({
    mutationFn: (rows: readonly BlockDetails[]) => run(rows.length, (watch) => unblock(number, rows, watch)),
    onSettled: () => readAgain(queries),
    onError: (error) => notifyFailure(error),
    onSuccess: ({ changed: unblocked, refused, open, problem, isStopped }, rows) => {
      // Users whose outcome is unknown stay selected, to be tried again.
      if (problem === null) onDone();
      for (const words of refused) notifyFailure(new Error(words));
      if (isStopped) notify(t('bulk.stopped', { done: unblocked.length, total: rows.length }));
      else if (problem !== null)
        notifyFailure(
          new Error(problem),
          t('blocked.notKnown', { count: open.length, name: nameOrCount(open) }),
        );
      const [first] = unblocked;
      if (first === undefined) return;
      tellWithUndo(t('blocked.unblocked', { count: unblocked.length, name: nameOrCount(unblocked) }), () => {
        void blockAgain(number, unblocked).finally(() => readAgain(queries));
      });
    },
  });
  return { ...mutation, steps, stop };
}

/** One user by name, more of them by their count. */
function nameOrCount(rows: readonly BlockDetails[]): string {
  const [first] = rows;
  return rows.length === 1 && first !== undefined ? userName(first) : inWords(rows.length);
}

/** The person, the program, or the auto-block rule that has blocked a user. */
function By({ row: { person, key, source }, tabIndex }: { row: BlockDetails; tabIndex: 0 | -1 }) {
  const hasPages = useContext(SessionContext) !== null;
  const name = person ?? key?.name ?? key?.id ?? '–';
  // An embedded panel has no page of the rule.
  if (source !== 'rule' || key === null || !hasPages) return <bdi>{name}</bdi>;
  return (
    <Anchor component={Link} href={`/rules/${key.id}`} size="sm" tabIndex={tabIndex}>
      <bdi>{name}</bdi>
    </Anchor>
  );
}

function useColumns({
  pickedKeys,
  pick,
  onUnblock,
}: {
  pickedKeys: ReadonlySet<string>;
  pick: (row: BlockDetails, extend: boolean) => void;
  onUnblock: (rows: readonly BlockDetails[]) => void;
}) {
  const [menuOf, setMenuOf] = useState<string | null>(null);
  const columns = useMemo((): readonly Column<BlockDetails>[] => {
    // Where there is no room for their columns, and for a note that is cut off, the row's menu shows them.
    const details: readonly Column<BlockDetails>[] = [
      {
        id: 'country',
        header: t('blocked.columns.country'),
        cell: (row) => (row.waId === null ? '' : country(row.waId)),
      },
      {
        id: 'since',
        header: t('blocked.columns.since'),
        cell: (row) =>
          row.blockedAt === null ? (
            t('blocked.elsewhere')
          ) : (
            <span title={date(row.blockedAt)}>{day(row.blockedAt)}</span>
          ),
      },
      {
        id: 'by',
        header: t('blocked.columns.by'),
        cell: (row, { tabIndex }) => <By row={row} tabIndex={tabIndex} />,
      },
      {
        id: 'note',
        header: t('blocked.columns.note'),
        cell: (row) => (row.note === null ? '' : <bdi title={row.note}>{row.note}</bdi>),
      },
      {
        id: 'until',
        header: t('blocked.columns.until'),
        cell: (row) =>
          row.until === null ? t('blocked.forGood') : <span title={date(row.until)}>{day(row.until)}</span>,
      },
      { id: 'dropped', header: t('blocked.columns.dropped'), cell: (row) => inWords(row.dropped) },
    ];
    return [
      {
        id: 'pick',
        header: <VisuallyHidden>{t('blocked.columns.pick')}</VisuallyHidden>,
        cell: (row, { tabIndex }) => (
          <Checkbox
            aria-label={t('blocked.pick', { who: userName(row) })}
            tabIndex={tabIndex}
            checked={pickedKeys.has(userKey(row))}
            onChange={(event) => pick(row, (event.nativeEvent as MouseEvent).shiftKey)}
          />
        ),
      },
      {
        id: 'user',
        header: t('blocked.columns.user'),
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
      ...details,
      {
        id: 'more',
        header: <VisuallyHidden>{t('blocked.columns.more')}</VisuallyHidden>,
        cell: (row, { tabIndex }) => {
          const key = userKey(row);
          const button = (
            <ActionIcon
              variant="subtle"
              color="gray"
              tabIndex={tabIndex}
              aria-label={t('blocked.more', { who: userName(row) })}
              aria-haspopup="menu"
              onClick={() => setMenuOf(key)}
            >
              <IconDots />
            </ActionIcon>
          );
          // Only the open one is a Menu: a Menu costs a popover, and a list that is scrolled mounts hundreds of rows a second.
          if (menuOf !== key) return button;
          return (
            <Menu opened onChange={(opened) => !opened && setMenuOf(null)} position="bottom-end" width={280}>
              <Menu.Target>{button}</Menu.Target>
              <Menu.Dropdown>
                {details.map(({ id, header, cell }) => {
                  const value = cell(row, { tabIndex: -1 });
                  return (
                    value !== '' && (
                      <Menu.Label key={id} className={classes['detail'] ?? ''}>
                        {header}: {value}
                      </Menu.Label>
                    )
                  );
                })}
                <Menu.Divider />
                <Menu.Item onClick={() => void copyUser(row)}>{t('blocked.copy')}</Menu.Item>
                <Menu.Item onClick={() => onUnblock([row])}>{t('blocked.unblock')}</Menu.Item>
              </Menu.Dropdown>
            </Menu>
          );
        },
      },
    ];
  }, [pickedKeys, pick, menuOf, onUnblock]);
  return { columns, openMenu: setMenuOf };
}
