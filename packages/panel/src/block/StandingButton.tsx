import { Button, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { readAgain } from '../api/changes.ts';
import { wordsOf } from '../api/server.ts';
import { nameOf } from '../i18n/format.ts';
import { t } from '../i18n/messages.ts';
import classes from './BlockDialog.module.css';
import { byUser, summaryOf, type UserResult } from './outcomes.ts';
import { textOf } from './user-text.ts';
import { type Outcomes, type RefusedUser, type Wanted, Work } from './work.ts';

/** One step from "cannot be blocked now" to "blocked when they next write"; then what came of it, user by user. */
export function StandingButton({
  wanted,
  refused,
}: {
  wanted: readonly Wanted[];
  refused: readonly RefusedUser[];
}) {
  const queries = useQueryClient();
  const work = useRef<Work | null>(null);
  const place = useMutation({
    mutationFn: () => {
      work.current ??= Work.placeStanding(wanted, refused);
      return work.current.run();
    },
    onSettled: () => readAgain(queries),
  });
  const isOpen = place.data === undefined || place.data.problem !== null;
  return (
    <Stack gap="xs" mt="xs" align="flex-start">
      <div role="status">
        {place.data !== undefined && <Placed known={place.data} />}
        {place.isError && (
          <Text size="sm" c="var(--mantine-color-error)">
            {wordsOf(place.error)}
          </Text>
        )}
      </div>
      {isOpen && (
        <Button size="xs" variant="light" loading={place.isPending} onClick={() => place.mutate()}>
          {place.data === undefined ? t('block.standing') : t('block.resume')}
        </Button>
      )}
    </Stack>
  );
}

/** Users who now have a standing block, users who have none and why, and users whose outcome is unknown. */
function Placed({ known: { standing, problem, ...known } }: { known: Outcomes }) {
  const users = new Set(standing.map(({ user }) => textOf(user))).size;
  const numbers = new Set(standing.map(({ number }) => number)).size;
  const others = Map.groupBy(byUser({ ...known, standing: [], problem }), summaryOf);
  return (
    <Stack gap="xs">
      {users > 0 && (
        <Text size="sm" fw={500}>
          {t('block.result.standing', { count: users })}
          {numbers > 1 && ` ${t('block.placed.count', { blocks: standing.length, numbers })}`}
        </Text>
      )}
      <Others title={(count) => t('block.placed.refused', { count })} results={others.get('refused')} />
      <Others title={(count) => t('block.placed.unknown', { count })} results={others.get('unknown')} />
      <Others title={(count) => t('block.placed.remaining', { count })} results={others.get('remaining')} />
      {problem !== null && (
        <Text size="sm" c="dimmed">
          {problem}
        </Text>
      )}
    </Stack>
  );
}

/** Names that are shown of those for whom no standing block was placed; the rest is counted. */
const shownMax = 20;

function Others({
  title,
  results = [],
}: {
  title: (count: number) => string;
  results: readonly UserResult[] | undefined;
}) {
  if (results.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={500}>
        {title(results.length)}
      </Text>
      <ul className={classes['others']}>
        {results.slice(0, shownMax).map(({ user, places }) => (
          <li key={textOf(user)}>
            <bdi dir="ltr">{nameOf(textOf(user))}</bdi>{' '}
            <Text size="sm" c="dimmed" span>
              {places.flatMap(({ why }) => why ?? []).join(' ')}
            </Text>
          </li>
        ))}
        {results.length > shownMax && <li>{t('block.more', { count: results.length - shownMax })}</li>}
      </ul>
    </div>
  );
}
