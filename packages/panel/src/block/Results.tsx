import type { BulkBlockRequest, BulkResult, User } from '@blockhouse/client';
import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { readAgain, refusalWords, unrefused } from '../api/changes.ts';
import { serverNow } from '../api/clock.ts';
import { blockhouse } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { ago, number as inWords } from '../format.ts';
import { t } from '../messages.ts';
import { formatPhone } from '../phone.ts';
import { IconBlock, IconCross, IconHourglass, IconUnknown } from '../ui/icons.tsx';
import { tell, tellFailure } from '../ui/tell.ts';
import classes from './BlockDialog.module.css';
import type { Known } from './work.ts';

/** Of so many it is asked when they last wrote: one question each. */
const askedMax = 20;

/** Rows of one kind that are shown; the rest is counted. */
const shownMax = 200;

type Kind = 'blocked' | 'standing' | 'refused' | 'unknown' | 'remaining';

/** What became of everybody: nobody is shown as blocked who is not. */
export function Results({
  known,
  request,
  onResume,
  onAgain,
  onDone,
}: {
  known: Known;
  request: BulkBlockRequest;
  onResume: () => void;
  onAgain: () => void;
  onDone: () => void;
}) {
  const { blocked, standing, refused, unknown, remaining, problem } = known;
  const closed = refused.filter(({ reason }) => reason === 'window_closed');
  const words = t.block.result;
  const { numbers } = useNumber();
  const nameOfNumber = (id: string | undefined) =>
    (request.numbers?.length ?? 1) > 1 ? numbers.find((one) => one.id === id)?.verifiedName : undefined;
  return (
    <Stack gap="sm" role="region" aria-label={t.block.outcome} tabIndex={-1} ref={focusOnce}>
      {problem !== null && (
        <Alert color="yellow" variant="light" title={t.block.broken} role="alert">
          <Stack gap="xs" align="flex-start">
            <Text size="sm">{t.block.brokenHint}</Text>
            <Text size="sm" c="dimmed">
              {problem}
            </Text>
            <Button size="xs" onClick={onResume}>
              {t.block.resume}
            </Button>
          </Stack>
        </Alert>
      )}
      <Outcomes kind="blocked" icon={<IconBlock />} title={words.blocked} users={eachOnce(blocked)} />
      <Outcomes kind="standing" icon={<IconHourglass />} title={words.standing} users={eachOnce(standing)} />
      <Outcomes
        kind="refused"
        icon={<IconCross />}
        title={words.refused}
        users={refused.map(({ user, reason, explanation, number = '' }) => ({
          user,
          where: nameOfNumber(number),
          why: refusalWords({ reason, explanation }),
          ...(reason === 'window_closed' &&
            closed.length <= askedMax && { more: <LastWrote user={user} number={number} /> }),
        }))}
      >
        {closed.length > 0 && (
          <StandingButton
            requests={[...Map.groupBy(closed, ({ number }) => number)].map(([number, refusedThere]) => ({
              ...request,
              users: refusedThere.map(({ user }) => user),
              ...(number !== undefined && { numbers: [number] }),
            }))}
          />
        )}
      </Outcomes>
      <Outcomes
        kind="unknown"
        icon={<IconUnknown />}
        title={words.unknown}
        users={unknown.map((user) => ({ user }))}
      />
      <Outcomes
        kind="remaining"
        icon={<IconHourglass />}
        title={words.remaining}
        users={remaining.map((user) => ({ user }))}
      />
      <Group justify="end">
        <Button variant="default" onClick={onAgain}>
          {t.block.again}
        </Button>
        <Button onClick={onDone}>{t.block.done}</Button>
      </Group>
    </Stack>
  );
}

/** Whoever has waited for the outcome is brought to it. */
function focusOnce(element: HTMLElement | null): void {
  element?.focus();
}

interface Row {
  readonly user: User;
  /** The number, where it is about several. */
  readonly where?: string | undefined;
  readonly why?: string;
  readonly more?: ReactNode;
}

function Outcomes({
  kind,
  icon,
  title,
  users,
  children,
}: {
  kind: Kind;
  icon: ReactNode;
  title: (n: number, text: string) => string;
  users: readonly Row[];
  children?: ReactNode;
}) {
  if (users.length === 0) return null;
  // On several numbers somebody may be in it several times.
  const { size } = new Set(users.map(({ user }) => textOf(user)));
  return (
    <section className={classes['group']} data-kind={kind} aria-label={title(size, inWords(size))}>
      <Group gap="xs" wrap="nowrap">
        {icon}
        <Title order={3} size="h5">
          {title(size, inWords(size))}
        </Title>
      </Group>
      <ul className={classes['list']}>
        {users.slice(0, shownMax).map(({ user, where, why, more }, index) => (
          <li key={`${index} ${textOf(user)}`}>
            <bdi dir="ltr">{nameOf(user)}</bdi>
            {where !== undefined && (
              <Text size="sm" span>
                <bdi>{where}</bdi>
              </Text>
            )}
            {why !== undefined && (
              <Text size="sm" c="dimmed" span>
                {why}
              </Text>
            )}
            {more}
          </li>
        ))}
        {users.length > shownMax && <li>{t.block.more(inWords(users.length - shownMax))}</li>}
      </ul>
      {children}
    </section>
  );
}

/** When the user last wrote: why the 24-hour rule has struck. */
function LastWrote({ user, number }: { user: User; number: string }) {
  const check = useQuery({
    queryKey: ['last wrote', textOf(user)],
    queryFn: ({ signal }) => blockhouse.diagnose(user, { signal }),
    staleTime: 60_000,
  });
  if (check.data === undefined) return null;
  const at = check.data.numbers.find((one) => one.number === number)?.window.lastInboundAt ?? null;
  return (
    <Text size="sm" span fw={500}>
      {at === null ? t.block.neverWrote : t.block.lastWrote(ago(at, serverNow()))}
    </Text>
  );
}

/** One step from "cannot be blocked now" to "blocked when they next write". */
function StandingButton({ requests }: { requests: readonly BulkBlockRequest[] }) {
  const queries = useQueryClient();
  const place = useMutation({
    mutationFn: async () => {
      // Number by number: who could be blocked on one of them is not awaited there.
      const placed: BulkResult['standing'][number][] = [];
      for (const { whenClosed: _, ...order } of requests)
        placed.push(...unrefused(await blockhouse.placeStanding(order)).standing);
      return placed;
    },
    onError: (error) => tellFailure(error),
    onSuccess: (standing) => {
      tell(t.block.result.standing(standing.length, inWords(standing.length)));
      void readAgain(queries);
    },
  });
  if (place.data !== undefined) {
    const { length } = place.data;
    return (
      <Text size="sm" fw={500} mt="xs" role="status">
        {t.block.result.standing(length, inWords(length))}
      </Text>
    );
  }
  return (
    <Button mt="xs" size="xs" variant="light" loading={place.isPending} onClick={() => place.mutate()}>
      {t.block.standing}
    </Button>
  );
}

/** Users of whom the same is said on every number, each once. */
function eachOnce(users: readonly { readonly user: User }[]): readonly Row[] {
  return [...new Map(users.map(({ user }) => [textOf(user), { user }])).values()];
}

function textOf(user: User): string {
  if (typeof user === 'string') return user;
  return 'phone' in user ? user.phone : user.userId;
}

function nameOf(user: User): string {
  const text = textOf(user);
  return /^\d+$/.test(text) ? formatPhone(text) : text;
}
