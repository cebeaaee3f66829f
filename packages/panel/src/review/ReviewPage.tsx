import type { Review, ReviewDecision } from '@blockhouse/client';
import { ActionIcon, Badge, Button, Checkbox, Group, Menu, Text, Title, VisuallyHidden } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { readAgain } from '../api/changes.ts';
import { serverNow } from '../api/clock.ts';
import { readFirstMessage } from '../api/message-content.ts';
import { useNextPage } from '../api/queries.ts';
import { useReviews } from '../api/reviews.ts';
import { useNumber } from '../app/number.ts';
import { ago, date, nameOf } from '../i18n/format.ts';
import { t, textFor } from '../i18n/messages.ts';
import { useInAddress } from '../ui/address.ts';
import { IconDots } from '../ui/icons.tsx';
import { notifyFailure } from '../ui/notify.ts';
import { Empty, Loading, Problem } from '../ui/Problem.tsx';
import { usePicked } from '../ui/use-picked.ts';
import { type Column, VirtualGrid } from '../ui/VirtualGrid.tsx';
import { ConfirmDialog, type Question } from './ConfirmDialog.tsx';
import { blockSenders, decide } from './decide.ts';
import { MessageDialog } from './MessageDialog.tsx';
import classes from './ReviewPage.module.css';

/** An action on messages: a decision of the server, or a block of their senders. */
export type Act = ReviewDecision | 'block';

/** The messages of a number that wait for a person, and the decisions on them: with the mouse, or with a letter each. */
export function ReviewPage() {
  const { number } = useNumber();
  const query = useReviews(number);
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.rows) ?? [], [query.data]);
  const total = query.data?.pages[0]?.total ?? -1;
  const { picked, pickedKeys, pick, clear } = usePicked(rows, keyOf);
  const [question, setQuestion] = useState<Question | null>(null);
  const [shownId, show] = useInAddress('message', 'push');
  const shown = rows.find(({ id }) => id === shownId) ?? null;
  const setShown = useCallback((review: Review | null) => show(review?.id ?? ''), [show]);
  const act = useAct(number.id, clear);
  const run = act.mutate;
  // A person confirms first, because nobody can undo these.
  const ask = useCallback(
    (wanted: Act, reviews: readonly Review[]) => {
      setShown(null);
      const isSeen = wanted !== 'block' && reviews.every(({ kind }) => kind === 'flagged');
      if (isSeen) run({ act: 'approve', reviews });
      else if (wanted === 'discard' || wanted === 'block') setQuestion({ act: wanted, reviews });
      else run({ act: wanted, reviews });
    },
    [run],
  );
  const columns = useColumns({ pickedKeys, pick, onShow: setShown, onAct: ask });
  const targets = (row: Review) => (pickedKeys.has(keyOf(row)) ? picked : [row]);
  const onNearEnd = useNextPage(query);
  return (
    <div className={classes['page']}>
      <Group gap="sm">
        <Title order={1} size="h3">
          {t('review.title')}
        </Title>
        {total >= 0 && <Badge variant="default">{t('review.count', { count: total })}</Badge>}
      </Group>
      <Text size="sm" c="dimmed">
        {t('review.about')}
      </Text>
      <Group gap="sm" role="status" className={classes['picked'] ?? ''}>
        {picked.length > 0 ? (
          <>
            <Text size="sm">{t('review.picked', { count: picked.length })}</Text>
            <Acts reviews={picked} isBusy={act.isPending} onAct={ask} />
            <Button size="xs" variant="subtle" onClick={clear}>
              {t('blocked.clear')}
            </Button>
          </>
        ) : (
          rows.length > 0 && (
            <Text size="sm" c="dimmed" className={classes['keys'] ?? ''}>
              {t('review.keys')}
            </Text>
          )
        )}
      </Group>
      {query.isPending ? (
        <Loading />
      ) : query.isError && rows.length === 0 ? (
        <Problem error={query.error} onRetry={() => void query.refetch()} />
      ) : rows.length === 0 ? (
        <Empty title={t('review.empty')} hint={t('review.emptyHint')} />
      ) : (
        <VirtualGrid
          label={t('review.title')}
          className={classes['grid'] ?? ''}
          columns={columns}
          rows={rows}
          total={total}
          keyOf={keyOf}
          picked={pickedKeys}
          onPick={pick}
          onOpen={setShown}
          letters={{
            r: (row) => ask('release', targets(row)),
            d: (row) => ask('discard', targets(row)),
            b: (row) => ask('block', targets(row)),
          }}
          onNearEnd={onNearEnd}
        />
      )}
      <MessageDialog review={shown} onClose={() => setShown(null)}>
        {shown !== null && <Acts reviews={[shown]} isBusy={act.isPending} onAct={ask} />}
      </MessageDialog>
      <ConfirmDialog
        question={question}
        onClose={() => setQuestion(null)}
        onConfirm={(confirmed) => {
          setQuestion(null);
          run(confirmed);
        }}
      />
    </div>
  );
}

function keyOf({ id }: Review): string {
  return id;
}

function useAct(number: string, onDone: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ act, reviews }: { act: Act; reviews: readonly Review[] }) =>
      act === 'block' ? blockSenders(number, reviews) : decide(number, reviews, act),
    onSuccess: onDone,
    onError: (error) => notifyFailure(error),
    onSettled: () => readAgain(queries),
  });
}

/** The decisions that make sense for some messages. */
function actsFor(reviews: readonly Review[]): readonly Act[] {
  const kinds = new Set(reviews.map(({ kind }) => kind));
  if (kinds.size === 1 && kinds.has('flagged')) return ['approve', 'block'];
  if (kinds.size === 1 && kinds.has('kept')) return ['release', 'discard'];
  return ['release', 'discard', 'block'];
}

function Acts({
  reviews,
  isBusy,
  onAct,
}: {
  reviews: readonly Review[];
  isBusy: boolean;
  onAct: (act: Act, reviews: readonly Review[]) => void;
}) {
  return (
    <>
      {actsFor(reviews).map((act) => (
        <Button key={act} size="xs" variant="default" disabled={isBusy} onClick={() => onAct(act, reviews)}>
          {t(`review.${act}`)}
        </Button>
      ))}
    </>
  );
}

function useColumns({
  pickedKeys,
  pick,
  onShow,
  onAct,
}: {
  pickedKeys: ReadonlySet<string>;
  pick: (row: Review, extend: boolean) => void;
  onShow: (row: Review) => void;
  onAct: (act: Act, reviews: readonly Review[]) => void;
}): readonly Column<Review>[] {
  const [menuOf, setMenuOf] = useState<string | null>(null);
  return useMemo(() => {
    return [
      {
        id: 'pick',
        header: <VisuallyHidden>{t('review.columns.pick')}</VisuallyHidden>,
        cell: (row, { tabIndex }) => (
          <Checkbox
            aria-label={t('review.pick', { who: nameOf(row.waId) })}
            tabIndex={tabIndex}
            checked={pickedKeys.has(row.id)}
            onChange={(event) => pick(row, (event.nativeEvent as MouseEvent).shiftKey)}
          />
        ),
      },
      {
        id: 'user',
        header: t('review.columns.user'),
        cell: ({ waId, webhook }) => {
          const name = readFirstMessage(webhook)?.name ?? null;
          return (
            <>
              {name !== null && <bdi className={classes['name']}>{name} </bdi>}
              <bdi dir="ltr">{nameOf(waId)}</bdi>
            </>
          );
        },
      },
      {
        id: 'message',
        header: t('review.columns.message'),
        cell: ({ webhook }) => <Preview webhook={webhook} />,
      },
      {
        id: 'kind',
        header: t('review.columns.kind'),
        cell: ({ kind, sender }) => (
          <Badge variant="light" color={kindColors[kind]} title={t(`review.senders.${sender.state}`)}>
            {kind === 'kept' && sender.state === 'blocked'
              ? t('review.senderBlocked')
              : t(`review.kinds.${kind}`)}
          </Badge>
        ),
      },
      {
        id: 'rule',
        header: t('review.columns.rule'),
        cell: ({ rule }) => <bdi title={rule.name ?? ''}>{rule.name ?? t('review.deletedRule')}</bdi>,
      },
      {
        id: 'at',
        header: t('review.columns.at'),
        cell: ({ receivedAt }) => <span title={date(receivedAt)}>{ago(receivedAt, serverNow())}</span>,
      },
      {
        id: 'more',
        header: <VisuallyHidden>{t('review.columns.more')}</VisuallyHidden>,
        cell: (row, { tabIndex }) => {
          const button = (
            <ActionIcon
              variant="subtle"
              color="gray"
              tabIndex={tabIndex}
              aria-label={t('review.more', { who: nameOf(row.waId) })}
              aria-haspopup="menu"
              onClick={() => setMenuOf(row.id)}
            >
              <IconDots />
            </ActionIcon>
          );
          if (menuOf !== row.id) return button;
          return (
            <Menu opened onChange={(opened) => !opened && setMenuOf(null)} position="bottom-end">
              <Menu.Target>{button}</Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={() => onShow(row)}>{t('review.open')}</Menu.Item>
                {actsFor([row]).map((act) => (
                  <Menu.Item key={act} onClick={() => onAct(act, [row])}>
                    {t(`review.${act}`)}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
          );
        },
      },
    ];
  }, [pickedKeys, pick, onShow, onAct, menuOf]);
}

const kindColors = { held: 'yellow', kept: 'red', flagged: 'gray' } as const;

function Preview({ webhook }: { webhook: unknown }) {
  const message = readFirstMessage(webhook);
  if (message === null) return null;
  return message.text === '' ? (
    <Text size="sm" c="dimmed" span>
      {t('review.noText', { type: textFor('rules.fields.typesOf', message.type) ?? message.type })}
    </Text>
  ) : (
    <bdi title={message.text}>{message.text}</bdi>
  );
}
