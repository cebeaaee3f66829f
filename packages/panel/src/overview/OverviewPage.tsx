import { Alert, Anchor, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { TrafficChart } from '../activity/Traffic.tsx';
import { serverNow } from '../api/clock.ts';
import { useBlockedCount, useNumbers, useOwnCounts } from '../api/queries.ts';
import { useReviewCount } from '../api/reviews.ts';
import { blockhouse } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { dayAndMonth, number as inWords } from '../i18n/format.ts';
import { t, textFor } from '../i18n/messages.ts';
import { Loading, Problem } from '../ui/Problem.tsx';
import { barsByDay, dayBegin } from './days.ts';
import classes from './OverviewPage.module.css';
import { problemsOf } from './problems.ts';

const days = 30;

/** Actions of which refusals are counted. */
const actionsMax = 1000;

/** "Is anything wrong?": what needs attention, how many are blocked, and the last thirty days. */
export function OverviewPage() {
  return (
    <Stack className={classes['page'] ?? ''}>
      <Title order={1} size="h3">
        {t('overview.title')}
      </Title>
      <Attention />
      <Figures />
      <Days />
      <Refusals />
    </Stack>
  );
}

function Attention() {
  const { number, numbers } = useNumber();
  useNumbers({ isWatched: true });
  const waiting = useReviewCount(number.id).data ?? 0;
  const problems = problemsOf(numbers);
  if (problems.length === 0 && waiting === 0)
    return (
      <Alert color="teal" title={t('overview.fine')}>
        {t('overview.fineHint')}
      </Alert>
    );
  return (
    <Card withBorder component="section" aria-label={t('overview.attention')}>
      <Title order={2} size="h5" mb="xs">
        {t('overview.attention')}
      </Title>
      <ul className={classes['problems']}>
        {waiting > 0 && (
          <li>
            <Text size="sm">{t('overview.waiting', { count: waiting })}</Text>
            <Button component={Link} href="/review" size="compact-sm" variant="default">
              {t('check.openReview')}
            </Button>
          </li>
        )}
        {problems.map(({ number: { id }, text, advice }) => (
          <li key={`${id} ${text}`}>
            <div>
              <Text size="sm" c="var(--mantine-color-error)">
                {text}
              </Text>
              {advice !== null && <Text size="sm">{advice}</Text>}
            </div>
            <Anchor component={Link} href="/numbers" size="sm" underline="always">
              {t('nav.numbers')}
            </Anchor>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function useThirtyDays() {
  const { number } = useNumber();
  return useQuery({
    queryKey: ['activity', 'traffic', number.id, days],
    queryFn: ({ signal }) =>
      blockhouse.numbers.traffic(
        number.id,
        { from: dayBegin(serverNow(), days - 1).toISOString() },
        { signal },
      ),
  });
}

function Figures() {
  const { number } = useNumber();
  const blocked = useBlockedCount(number);
  const own = useOwnCounts(number);
  const hours = useThirtyDays().data;
  const sum = (kind: 'admitted' | 'dropped') => hours?.reduce((total, hour) => total + hour[kind], 0);
  const figures = [
    [t('overview.blocked'), blocked.data, '/blocked'],
    [t('overview.standing'), own.data?.standing, '/standing'],
    [t('overview.dropped'), sum('dropped'), '/activity'],
    [t('overview.admitted'), sum('admitted'), '/activity'],
  ] as const;
  return (
    <ul className={classes['figures']}>
      {figures.map(([label, value, href]) => (
        <li key={label}>
          <Link href={href} className={classes['figure'] ?? ''}>
            <span>{label}</span>
            <strong>{value === undefined ? '–' : inWords(value)}</strong>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Days() {
  const query = useThirtyDays();
  if (query.isPending) return <Loading />;
  if (query.isError) return <Problem error={query.error} onRetry={() => void query.refetch()} />;
  const bars = barsByDay(query.data, serverNow(), days, dayAndMonth);
  return <TrafficChart title={t('overview.chart')} bars={bars} />;
}

const settled: readonly string[] = ['done', 'unchanged', 'standing', 'expired'];

/** Why users were refused: counted from the latest actions, which is what a person can act on. */
function Refusals() {
  const { number } = useNumber();
  const query = useQuery({
    queryKey: ['activity', 'refusals', number.id],
    queryFn: ({ signal }) =>
      blockhouse.activity.page(
        { number: number.id, from: dayBegin(serverNow(), days - 1).toISOString(), limit: actionsMax },
        { signal },
      ),
  });
  if (query.data === undefined) return null;
  const refused = query.data.rows.filter(({ outcome }) => !settled.includes(outcome));
  const counts = [...Map.groupBy(refused, ({ outcome }) => outcome)]
    .map(([outcome, rows]) => ({ outcome, count: rows.length }))
    .toSorted((one, other) => other.count - one.count);
  return (
    <Card withBorder component="section" aria-label={t('overview.refusals')}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          {t('overview.refusals')}
        </Title>
        {query.data.after !== null && (
          <Text size="xs" c="dimmed">
            {t('overview.latest', { count: actionsMax })}
          </Text>
        )}
      </Group>
      {counts.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('overview.noRefusals')}
        </Text>
      )}
      <ul className={classes['problems']}>
        {counts.map(({ outcome, count }) => (
          <li key={outcome}>
            <Anchor component={Link} href={`/activity?outcome=${outcome}`} size="sm" underline="always">
              {textFor('activity.outcomes', outcome) ?? outcome}
            </Anchor>
            <Text size="sm" fw={600}>
              {inWords(count)}
            </Text>
          </li>
        ))}
      </ul>
    </Card>
  );
}
