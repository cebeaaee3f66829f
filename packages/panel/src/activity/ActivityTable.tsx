import type { ActivityEntry } from '@blockhouse/client';
import { Button, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useNumber } from '../app/number.ts';
import { date, nameOf } from '../i18n/format.ts';
import { t, textFor } from '../i18n/messages.ts';
import { PersonLink } from '../person/PersonLink.tsx';
import classes from './ActivityPage.module.css';

export type ActivityColumn = 'at' | 'operation' | 'user' | 'number' | 'outcome' | 'by' | 'note';

interface Pages {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly isError: boolean;
  readonly fetchNextPage: () => unknown;
}

/** Entries of the activity, newest first, with a button that shows older ones. */
export function ActivityTable({
  label,
  columns,
  rows,
  pages,
}: {
  label: string;
  columns: readonly ActivityColumn[];
  rows: readonly ActivityEntry[];
  pages: Pages;
}) {
  const { numbers } = useNumber();
  const cells: Readonly<Record<ActivityColumn, (row: ActivityEntry) => ReactNode>> = {
    at: ({ at }) => date(at),
    operation: ({ operation }) => t(`activity.operations.${operation}`),
    user: ({ waId, user }) => (
      <PersonLink user={waId ?? user}>
        <bdi dir="ltr">{nameOf(waId ?? user)}</bdi>
      </PersonLink>
    ),
    number: ({ number }) => <bdi>{numbers.find(({ id }) => id === number)?.verifiedName ?? number}</bdi>,
    outcome: outcomeWords,
    by: ({ person, key }) => <bdi>{person ?? key?.name ?? key?.id ?? t('activity.elsewhere')}</bdi>,
    note: ({ note }) => <bdi>{note}</bdi>,
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className={classes['scroller']} tabIndex={0} aria-label={label}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column}>{t(`activity.columns.${column}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, index) => (
            <Table.Tr key={`${row.at} ${row.user} ${index}`}>
              {columns.map((column) => (
                <Table.Td key={column}>{cells[column](row)}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {pages.hasNextPage && (
        <Button
          variant="default"
          m="sm"
          loading={pages.isFetchingNextPage}
          onClick={() => void pages.fetchNextPage()}
        >
          {t('activity.more')}
        </Button>
      )}
      {pages.isError && <Text c="var(--mantine-color-error)">{t('offline')}</Text>}
    </section>
  );
}

function outcomeWords({ operation, outcome }: ActivityEntry): string {
  if (outcome === 'done' && operation === 'standing_block') return t('activity.placed');
  if (outcome === 'done' && operation === 'withdraw') return t('activity.withdrawn');
  return textFor('activity.outcomes', outcome) ?? outcome;
}
