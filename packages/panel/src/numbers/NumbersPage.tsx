import type { NumberInfo } from '@blockhouse/client';
import { Badge, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { useBlockedCount, useNumbers, useOwnCounts } from '../api/queries.ts';
import { useNumber } from '../app/number.ts';
import { useIsAdmin } from '../app/session.ts';
import { country, number as inWords } from '../i18n/format.ts';
import { t } from '../i18n/messages.ts';
import { formatPhone } from '../i18n/phone.ts';
import { IconPlus } from '../ui/icons.tsx';
import { NumberHealth } from './NumberHealth.tsx';
import classes from './NumbersPage.module.css';

/** The numbers that the key opens: who they are, how many are blocked, and whether all is well. */
export function NumbersPage() {
  const { numbers } = useNumber();
  const isAdmin = useIsAdmin();
  useNumbers({ isWatched: true });
  return (
    <Stack className={classes['page'] ?? ''}>
      <Group justify="space-between" gap="sm">
        <Title order={1} size="h3">
          {t('numbers.title')}
        </Title>
        {isAdmin && (
          <Button component={Link} href="/numbers/new" leftSection={<IconPlus />}>
            {t('numbers.add')}
          </Button>
        )}
      </Group>
      <ul className={classes['list']}>
        {numbers.map((number) => (
          <li key={number.id}>
            <NumberCard number={number} />
          </li>
        ))}
      </ul>
    </Stack>
  );
}

function NumberCard({ number }: { number: NumberInfo }) {
  const { choose } = useNumber();
  const isAdmin = useIsAdmin();
  const blocked = useBlockedCount(number);
  const own = useOwnCounts(number);
  const digits = number.displayPhoneNumber.replace(/\D/g, '');
  const figures = [
    [t('numbers.blocked'), blocked.data],
    [t('numbers.standing'), own.data?.standing],
    [t('numbers.dropped'), own.data?.dropped],
  ] as const;
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" align="start">
          <div>
            <Title order={2} size="h4">
              {number.verifiedName}
            </Title>
            <Text size="sm">
              <bdi dir="ltr">{formatPhone(digits)}</bdi> {country(digits)}
            </Text>
          </div>
          <Badge variant="default" miw="max-content">
            {t(`numbers.platform.${number.platform}`)}
          </Badge>
        </Group>
        <dl className={classes['figures']}>
          {figures.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value === undefined ? '–' : inWords(value)}</dd>
            </div>
          ))}
        </dl>
        <NumberHealth number={number} />
        <Group gap="xs">
          <Button
            variant="default"
            aria-label={`${t('nav.blocked')}: ${t('numbers.open', { name: number.verifiedName })}`}
            onClick={() => choose(number.id, '/blocked')}
          >
            {t('nav.blocked')}
          </Button>
          {isAdmin && (
            <Button
              component={Link}
              href={`/numbers/${number.id}/settings`}
              variant="default"
              aria-label={`${t('numbers.settings')}: ${number.verifiedName}`}
            >
              {t('numbers.settings')}
            </Button>
          )}
        </Group>
      </Stack>
    </Card>
  );
}
