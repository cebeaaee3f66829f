import type { NumberDiagnosis } from '@blockhouse/client';
import { Alert, Anchor, Badge, Button, Card, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { Link } from 'wouter';
import { readAgain, unblockRefusalWords, unrefused } from '../api/changes.ts';
import { serverNow } from '../api/clock.ts';
import { useRules } from '../api/rules.ts';
import { blockhouse } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { ago, date } from '../i18n/format.ts';
import { t, textFor } from '../i18n/messages.ts';
import { formatPhone } from '../i18n/phone.ts';
import { sentenceOf } from '../rules/sentence.ts';
import { notify, notifyFailure } from '../ui/notify.ts';
import { Loading, Problem } from '../ui/Problem.tsx';
import classes from './CheckPage.module.css';

const colors: Readonly<Record<string, string>> = {
  fine: 'teal',
  window_closed: 'indigo',
  never_wrote: 'indigo',
};

/** "Their messages stopped": one field, one verdict, one piece of advice, and the button that follows from it. */
export function CheckPage() {
  const [text, setText] = useState('');
  const [asked, setAsked] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const check = useQuery({
    queryKey: ['check', asked],
    queryFn: ({ signal }) => blockhouse.users.diagnose(asked ?? '', { signal }),
    enabled: asked !== null,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const user = text.trim();
    setError(user === '' ? t('check.empty') : null);
    if (user === '') return input.current?.focus();
    if (user === asked) void check.refetch();
    setAsked(user);
  };
  const name = check.data?.name ?? (check.data?.waId == null ? (asked ?? '') : formatPhone(check.data.waId));
  return (
    <Stack className={classes['page'] ?? ''}>
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
        <Button type="submit" loading={check.isFetching}>
          {t('check.submit')}
        </Button>
      </form>
      <div role="status">
        {asked !== null && check.isPending && <Loading />}
        {check.data !== undefined && asked !== null && (
          <Alert
            color={colors[check.data.verdict] ?? 'red'}
            variant="light"
            title={`${name}: ${textFor('check.verdicts', check.data.verdict) ?? check.data.verdict}`}
          >
            {textFor('check.advice', check.data.verdict) ?? check.data.advice}
          </Alert>
        )}
      </div>
      {check.isError && <Problem error={check.error} onRetry={() => void check.refetch()} />}
      {check.data !== undefined && asked !== null && (
        <section aria-label={t('check.numbers')} className={classes['numbers']}>
          {check.data.numbers.map((one) => (
            <AtNumber key={one.number} found={one} user={asked} name={name} />
          ))}
        </section>
      )}
    </Stack>
  );
}

function AtNumber({ found, user, name }: { found: NumberDiagnosis; user: string; name: string }) {
  const queries = useQueryClient();
  const { numbers } = useNumber();
  const call = { users: [user], numbers: [found.number] };
  const act = useMutation({
    mutationFn: async () => {
      if (found.blocked !== null) {
        unrefused(await blockhouse.unblock(call), unblockRefusalWords);
        return t('check.unblocked', { who: name });
      }
      unrefused(await blockhouse.standingBlocks.withdraw(call), unblockRefusalWords);
      return t('check.withdrawn', { who: name });
    },
    onSuccess: (message) => notify(message),
    onError: (error) => notifyFailure(error),
    onSettled: () => readAgain(queries),
  });
  const cause = found.blocked ?? found.standing;
  const since = found.blocked?.since ?? found.standing?.placedAt ?? null;
  const who = cause?.person ?? cause?.key?.name ?? t('activity.elsewhere');
  return (
    <Card withBorder>
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={2} size="h5">
            {numbers.find(({ id }) => id === found.number)?.verifiedName ?? found.displayPhoneNumber}
          </Title>
          <Badge color={colors[found.verdict] ?? 'red'} variant="light">
            {textFor('check.verdicts', found.verdict) ?? found.verdict}
          </Badge>
        </Group>
        <Text size="sm">
          {found.window.lastInboundAt === null
            ? t('check.neverWrote')
            : t('check.lastWrote', { when: ago(found.window.lastInboundAt, serverNow()) })}
        </Text>
        {cause !== null && since !== null && cause.source !== 'rule' && (
          <Text size="sm">{t('check.byWhom', { who, when: date(since) })}</Text>
        )}
        {cause?.source === 'rule' && cause.key !== null && since !== null && (
          <ByRule id={cause.key.id} name={who} since={since} />
        )}
        {found.verdict === 'held' && (
          <Text size="sm">
            {t('check.heldBy')}{' '}
            <Anchor component={Link} underline="always" href={`~/panel/${found.number}/review`} size="sm">
              {t('check.openReview')}
            </Anchor>
          </Text>
        )}
        {cause?.note != null && (
          <Text size="sm">
            <bdi>{t('check.note', { note: cause.note })}</bdi>
          </Text>
        )}
        {cause?.until != null && <Text size="sm">{t('check.until', { when: date(cause.until) })}</Text>}
        {found.dropped > 0 && <Text size="sm">{t('check.dropped', { count: found.dropped })}</Text>}
        {cause !== null && (
          <Button variant="default" loading={act.isPending} onClick={() => act.mutate()}>
            {found.blocked === null ? t('check.withdraw') : t('check.unblock')}
          </Button>
        )}
      </Stack>
    </Card>
  );
}

/** Which rule has blocked a user, and what it looks for. */
function ByRule({ id, name, since }: { id: string; name: string; since: string }) {
  const rule = useRules().data?.find((one) => one.id === id);
  return (
    <div>
      <Text size="sm">{t('check.byRule', { rule: name, when: date(since) })}</Text>
      {rule !== undefined && (
        <Text size="sm" c="dimmed">
          {sentenceOf(rule)}{' '}
          <Anchor component={Link} underline="always" href={`/rules/${id}`} size="sm">
            {t('check.openRule')}
          </Anchor>
        </Text>
      )}
    </div>
  );
}
