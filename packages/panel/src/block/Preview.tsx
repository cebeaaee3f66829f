import type { ListProblem } from '@blockhouse/user-lists';
import { Alert, Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useNumber } from '../app/number.ts';
import { countries, countryName, date, either, number as inWords, nameOf, regionOf } from '../i18n/format.ts';
import { t } from '../i18n/messages.ts';
import classes from './BlockDialog.module.css';
import type { LeftRow, ListReading, ListRequest, ShownUser } from './read-list.ts';

interface Choices {
  readonly columns: ListRequest['columns'];
  readonly onColumns: (columns: ListRequest['columns']) => void;
  readonly country: string | null;
  readonly onCountry: (country: string | null) => void;
}

/**
 * The users of a list that were understood, the rows that were not and why, and questions to answer before anybody is
 * blocked.
 */
export function Preview({
  reading,
  fileName,
  columns,
  onColumns,
  country,
  onCountry,
}: Choices & { reading: ListReading; fileName: string | null }) {
  const { users, duplicates, left, leftCount, problems } = reading;
  const counted = users.length + leftCount > 0;
  return (
    <Stack gap="xs">
      <div role="status">
        <Text size="sm" fw={500}>
          {[
            counted && t('block.entries.good', { count: users.length }),
            duplicates > 0 && t('block.entries.duplicate', { count: duplicates }),
          ]
            .filter(Boolean)
            .join(' · ')}
        </Text>
        {reading.countries.length > 1 && (
          <Text size="sm">
            {reading.countries
              .map(([region, count]) => t('block.inCountry', { country: countryName(region), users: count }))
              .join(' · ')}
          </Text>
        )}
      </div>
      {problems.text !== null && (
        <Unread problem={problems.text} onColumn={(text) => onColumns({ ...columns, text })} />
      )}
      {problems.file !== null && (
        <Unread
          problem={problems.file}
          name={fileName}
          onColumn={(file) => onColumns({ ...columns, file })}
        />
      )}
      {users.length > 0 && <Users shown={reading.shown} total={users.length} />}
      {leftCount > 0 && (
        <Alert color="yellow" variant="light" title={t('block.entries.left', { count: leftCount })}>
          <Left rows={left} total={leftCount} />
        </Alert>
      )}
      {(reading.lacksCountry || country !== null) && (
        <CountryChoice country={country} onCountry={onCountry} />
      )}
    </Stack>
  );
}

function Users({ shown, total }: { shown: readonly ShownUser[]; total: number }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className={classes['preview']} tabIndex={0} aria-label={t('block.understood')}>
      <ul className={classes['rows']}>
        {shown.map((row) => (
          <li key={row.user}>
            <UserLine row={row} />
          </li>
        ))}
        {total > shown.length && <li>{t('block.more', { count: total - shown.length })}</li>}
      </ul>
    </section>
  );
}

function UserLine({ row: { user, text, note, until } }: { row: ShownUser }) {
  const name = nameOf(user);
  const region = regionOf(user);
  const isSameText = text.replace(/[^\p{L}\p{N}]/gu, '') === user.replace('.', '');
  return (
    <>
      <bdi dir="ltr" className={classes['phone']}>
        {name}
      </bdi>
      {region !== null && <span>{countryName(region)}</span>}
      {!isSameText && (
        <Text size="sm" c="dimmed" span>
          {t('block.writtenAs')} <bdi>{text}</bdi>
        </Text>
      )}
      {note !== null && (
        <Text size="sm" c="dimmed" span>
          <bdi>{note}</bdi>
        </Text>
      )}
      {until !== null && (
        <Text size="sm" c="dimmed" span>
          {t('check.until', { when: date(until) })}
        </Text>
      )}
    </>
  );
}

function Left({ rows, total }: { rows: readonly LeftRow[]; total: number }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className={classes['preview']} tabIndex={0} aria-label={t('block.notUnderstood')}>
      <ul className={classes['rows']}>
        {rows.map(({ line, text, code, suggestions }, index) => (
          <li key={`${line} ${index}`}>
            <bdi className={classes['phone']}>
              {text === '' ? t('block.line', { line: inWords(line) }) : text}
            </bdi>
            <Text size="sm" span>
              {t(`block.problems.${code}`)}
              {suggestions.length > 0 && ` ${t('block.meant', { suggestions: either(suggestions) })}`}
            </Text>
          </li>
        ))}
        {total > rows.length && <li>{t('block.more', { count: total - rows.length })}</li>}
      </ul>
    </section>
  );
}

/** Why a text or a file is not read as a whole, and the column to choose where that is the reason. */
function Unread({
  problem,
  name,
  onColumn,
}: {
  problem: ListProblem;
  name?: string | null;
  onColumn: (place: number) => void;
}) {
  return (
    <Alert color="yellow" variant="light" role="alert" {...(name != null && { title: name })}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{whyUnread(problem)}</Text>
        {problem.kind === 'question' && (
          <Group gap="xs">
            {problem.columns.map(({ place, name: header, samples }) => (
              <Button key={place} variant="default" size="xs" onClick={() => onColumn(place)}>
                {columnName(header || inWords(place), samples[0])}
              </Button>
            ))}
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

function columnName(name: string, sample = ''): string {
  return sample === '' ? name : t('block.column', { name, sample });
}

function whyUnread(problem: ListProblem): string {
  if (problem.kind === 'question') return t(`block.questions.${problem.question}`);
  if (problem.kind === 'file') return t(`block.files.${problem.file}`);
  return problem.kind === 'broken' ? t('block.brokenCsv') : t('block.tooLarge');
}

/** A number without a country code belongs to nobody until somebody says which country it is of. */
function CountryChoice({ country, onCountry }: Pick<Choices, 'country' | 'onCountry'>) {
  const { number } = useNumber();
  const all = useMemo(countries, []);
  const own = regionOf(number.displayPhoneNumber.replace(/\D/g, ''));
  // That of the business is the most likely one, but no more than that.
  const ordered = [
    ...all.filter(({ region }) => region === own),
    ...all.filter(({ region }) => region !== own),
  ];
  return (
    <NativeSelect
      label={t('block.country')}
      description={t('block.countryHint')}
      value={country ?? ''}
      onChange={({ currentTarget: { value } }) => onCountry(value === '' ? null : value)}
      data={[
        { value: '', label: t('block.noCountry') },
        ...ordered.map(({ region, label }) => ({ value: region, label })),
      ]}
    />
  );
}
