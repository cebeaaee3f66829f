import type { Diagnosis } from '@blockhouse/client';
import { ActionIcon, Alert, Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { useLocation, useParams } from 'wouter';
import { blockhouse } from '../api/server.ts';
import { country, nameOf } from '../i18n/format.ts';
import { t, textFor } from '../i18n/messages.ts';
import { copyUser } from '../ui/copy-user.ts';
import { IconCopy } from '../ui/icons.tsx';
import { Loading, Problem } from '../ui/Problem.tsx';
import { AtNumber } from './AtNumber.tsx';
import { History } from './History.tsx';
import { personPath } from './PersonLink.tsx';
import classes from './PersonPage.module.css';
import { verdictColor } from './verdict-color.ts';

/** "Their messages stopped": one field, and the page of the person whose phone is entered. */
export function CheckPage() {
  return <Finder asked={null} isBusy={false} onAgain={() => {}} />;
}

/** A person, at /people/{phone or ID}: the verdict, what is so at each number, and what was done. */
export function PersonPage() {
  const { user: inPath = '' } = useParams<{ user: string }>();
  const user = decoded(inPath);
  const check = useQuery({
    queryKey: ['check', user],
    queryFn: ({ signal }) => blockhouse.users.diagnose(user, { signal }),
  });
  return (
    <Stack className={classes['page'] ?? ''}>
      <Finder key={user} asked={user} isBusy={check.isFetching} onAgain={() => void check.refetch()} />
      {check.isPending && <Loading />}
      {check.isError && <Problem error={check.error} onRetry={() => void check.refetch()} />}
      {check.data !== undefined && <Person found={check.data} user={user} />}
    </Stack>
  );
}

/** A part of a path as it was before it was encoded; as it is, if nobody can have encoded it so. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function Finder({ asked, isBusy, onAgain }: { asked: string | null; isBusy: boolean; onAgain: () => void }) {
  const [, go] = useLocation();
  const [text, setText] = useState(asked === null ? '' : nameOf(asked));
  const [error, setError] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const user = text.trim();
    setError(user === '' ? t('check.empty') : null);
    if (user === '') input.current?.focus();
    else if (asked !== null && user === nameOf(asked)) onAgain();
    else go(personPath(user));
  };
  return (
    <Stack gap="sm">
      <Title order={1} size="h3">
        {t('check.title')}
      </Title>
      <Text c="dimmed">{t('check.about')}</Text>
      <form onSubmit={submit} noValidate className={classes['form']}>
        <TextInput
          ref={input}
          label={t('check.user')}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setError(null);
          }}
          error={error}
        />
        <Button type="submit" loading={isBusy}>
          {t('check.submit')}
        </Button>
      </form>
    </Stack>
  );
}

/** A person: the verdict, what is so at each number, and what was done. */
export function Person({ found, user }: { found: Diagnosis; user: string }) {
  const phone = found.waId === null ? user : nameOf(found.waId);
  const name = found.name ?? phone;
  const verdict = textFor('check.verdicts', found.verdict) ?? found.verdict;
  return (
    <>
      <Group gap="xs">
        <Title order={2} size="h4">
          <bdi>{name}</bdi>
        </Title>
        <Text size="sm" c="dimmed">
          <bdi dir="ltr">{phone}</bdi> {found.waId !== null && country(found.waId)}
        </Text>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t('blocked.copy')}
          onClick={() => void copyUser({ waId: found.waId, userId: user })}
        >
          <IconCopy />
        </ActionIcon>
      </Group>
      <div role="status">
        <Alert color={verdictColor(found.verdict)} variant="light" title={`${name}: ${verdict}`}>
          {textFor('check.advice', found.verdict) ?? found.advice}
        </Alert>
      </div>
      <section aria-label={t('check.numbers')} className={classes['numbers']}>
        {found.numbers.map((one) => (
          <AtNumber key={one.number} found={one} user={user} name={name} />
        ))}
      </section>
      <History user={user} />
    </>
  );
}
