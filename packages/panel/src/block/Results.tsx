import type { User } from '@blockhouse/client';
import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { serverNow } from '../api/clock.ts';
import { blockhouse } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { ago, nameOf } from '../i18n/format.ts';
import { t } from '../i18n/messages.ts';
import { IconBlock, IconCross, IconHourglass, IconUnknown } from '../ui/icons.tsx';
import classes from './BlockDialog.module.css';
import { byUser, type Outcome, type Place, type Summary, summaryOf, type UserResult } from './outcomes.ts';
import { StandingButton } from './StandingButton.tsx';
import { textOf } from './user-text.ts';
import type { Outcomes, Work } from './work.ts';

/** Of so many it is asked when they last wrote: one question each. */
const askedMax = 20;

/** Rows of one kind that are shown; the rest is counted. */
const shownMax = 200;

/** Names of numbers that are shown of one place; the rest is counted. */
const namesMax = 3;

const kinds: readonly (readonly [Summary, ReactNode])[] = [
  ['blocked', <IconBlock key="blocked" />],
  ['standing', <IconHourglass key="standing" />],
  ['partly', <IconCross key="partly" />],
  ['refused', <IconCross key="refused" />],
  ['unknown', <IconUnknown key="unknown" />],
  ['remaining', <IconHourglass key="remaining" />],
];

/** The outcome of each user, in one row: nobody is shown as blocked who is not. */
export function Results({
  known,
  work,
  onResume,
  onAgain,
  onDone,
}: {
  known: Outcomes;
  work: Work;
  onResume: () => void;
  onAgain: () => void;
  onDone: () => void;
}) {
  const groups = useMemo(() => Map.groupBy(byUser(known), summaryOf), [known]);
  const closed = known.refused.filter(({ reason }) => reason === 'window_closed');
  const asks = closed.length <= askedMax;
  return (
    <Stack gap="sm" role="region" aria-label={t('block.outcome')} tabIndex={-1} ref={focusOnce}>
      {known.problem !== null && (
        <Alert color="yellow" variant="light" title={t('block.broken')} role="alert">
          <Stack gap="xs" align="flex-start">
            <Text size="sm">{t('block.brokenHint')}</Text>
            <Text size="sm" c="dimmed">
              {known.problem}
            </Text>
            <Button size="xs" onClick={onResume}>
              {t('block.resume')}
            </Button>
          </Stack>
        </Alert>
      )}
      {kinds.map(([kind, icon]) => {
        const results = groups.get(kind) ?? [];
        if (results.length === 0) return null;
        const users = new Set(results.map(({ user }) => textOf(user)));
        const own = closed.filter(({ user }) => users.has(textOf(user)));
        return (
          <ResultGroup key={kind} {...{ kind, icon, results, asks }} numbers={work.numbers}>
            {own.length > 0 && <StandingButton wanted={work.wanted} refused={own} />}
          </ResultGroup>
        );
      })}
      <Group justify="end">
        <Button variant="default" onClick={onAgain}>
          {t('block.again')}
        </Button>
        <Button onClick={onDone}>{t('block.done')}</Button>
      </Group>
    </Stack>
  );
}

/** A person who has waited for the results is brought to them. */
function focusOnce(element: HTMLElement | null): void {
  element?.focus();
}

function ResultGroup({
  kind,
  icon,
  results,
  numbers,
  asks,
  children,
}: {
  kind: Summary;
  icon: ReactNode;
  results: readonly UserResult[];
  numbers: readonly string[];
  asks: boolean;
  children: ReactNode;
}) {
  const { length: users } = results;
  const title =
    numbers.length === 1
      ? t(`block.result.${kind}`, { count: users })
      : t(`block.resultOnNumbers.${kind}`, { count: users, all: numbers.length });
  return (
    <section className={classes['group']} data-kind={kind} aria-label={title}>
      <Group gap="xs" wrap="nowrap">
        {icon}
        <Title order={3} size="h5">
          {title}
        </Title>
      </Group>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <ul className={classes['list']} tabIndex={0} aria-label={title}>
        {results.slice(0, shownMax).map(({ user, places }) => (
          <li key={textOf(user)}>
            <bdi dir="ltr">{nameOf(textOf(user))}</bdi>
            {places.map((place) => (
              <PlaceLine
                key={`${place.outcome} ${place.why}`}
                place={place}
                user={user}
                isNamed={numbers.length > 1 && place.numbers.length < numbers.length}
                asks={asks}
              />
            ))}
          </li>
        ))}
        {users > shownMax && <li>{t('block.more', { count: users - shownMax })}</li>}
      </ul>
      {children}
    </section>
  );
}

/**
 * The outcome of a user on some of the numbers, and the reason. @param props.isNamed the numbers are not all of them:
 * they are named.
 */
function PlaceLine({
  place: { outcome, why, isClosed, numbers },
  user,
  isNamed,
  asks,
}: {
  place: Place;
  user: User;
  isNamed: boolean;
  asks: boolean;
}) {
  const [first] = numbers;
  return (
    <>
      {isNamed && <NumberNames outcome={outcome} ids={numbers} />}
      {why !== null && (
        <Text size="sm" c="dimmed" span>
          {why}
        </Text>
      )}
      {isClosed && asks && numbers.length === 1 && first !== undefined && (
        <LastWrote user={user} number={first} />
      )}
    </>
  );
}

function NumberNames({ outcome, ids }: { outcome: Outcome; ids: readonly string[] }) {
  const { numbers } = useNumber();
  const names = ids.slice(0, namesMax).map((id) => numbers.find((one) => one.id === id)?.verifiedName ?? id);
  const more = ids.length > namesMax ? ` ${t('block.more', { count: ids.length - namesMax })}` : '';
  return (
    <Text size="sm" span className={classes['place'] ?? ''}>
      {t(`block.places.${outcome}`, { count: ids.length })} <bdi>{names.join(', ')}</bdi>
      {more}
    </Text>
  );
}

/** The time of the user's last message: the reason for the 24-hour rule. */
function LastWrote({ user, number }: { user: User; number: string }) {
  const check = useQuery({
    queryKey: ['last wrote', textOf(user)],
    queryFn: ({ signal }) => blockhouse.users.diagnose(user, { signal }),
    staleTime: 60_000,
  });
  if (check.data === undefined) return null;
  const at = check.data.numbers.find((one) => one.number === number)?.window.lastInboundAt ?? null;
  return (
    <Text size="sm" span fw={500}>
      {at === null ? t('block.neverWrote') : t('block.lastWrote', { when: ago(at, serverNow()) })}
    </Text>
  );
}
