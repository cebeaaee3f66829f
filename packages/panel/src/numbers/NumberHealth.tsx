import { BlockhouseError, type NumberInfo, PermissionError } from '@blockhouse/client';
import { Button, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { serverNow } from '../api/clock.ts';
import { blockhouse } from '../api/server.ts';
import { ago } from '../i18n/format.ts';
import { t, textFor } from '../i18n/messages.ts';
import { notify, notifyFailure } from '../ui/notify.ts';

type Upstream = NonNullable<NumberInfo['upstream']>;

/** How things stand with a number: Meta, its webhooks, and the business's own receiver. */
export function NumberHealth({ number }: { number: NumberInfo }) {
  return (
    <Stack gap="xs">
      {number.upstream !== null && (
        <>
          <MetaHealth upstream={number.upstream} />
          <Subscription number={number} upstream={number.upstream} />
        </>
      )}
      <ReceiverHealth number={number} />
    </Stack>
  );
}

/** The state, whether it is a problem, and the advice. */
function Statement({ isWrong = false, children }: { isWrong?: boolean; children: ReactNode }) {
  return (
    <Text size="sm" {...(isWrong ? { c: 'var(--mantine-color-error)' } : { c: 'dimmed' })}>
      {children}
    </Text>
  );
}

function Advice({ children }: { children: ReactNode }) {
  return <Text size="sm">{children}</Text>;
}

function MetaHealth({ upstream: { health } }: { upstream: Upstream }) {
  const { state, lastOkAt, problem, problemKind, advice, pausedUntil } = health;
  const nowMs = serverNow();
  const words = {
    unknown: t('numbers.health.unknown'),
    ok: t('numbers.health.ok', { when: ago(lastOkAt ?? new Date(nowMs).toISOString(), nowMs) }),
    limited:
      pausedUntil === null
        ? t('numbers.health.limited')
        : t('numbers.health.limitedUntil', { until: ago(pausedUntil, nowMs) }),
    failing: t('numbers.health.failing', { problem: problem ?? '' }),
  };
  const toDo = problemKind === null ? null : (textFor('numbers.advice', problemKind) ?? advice);
  return (
    <Stack gap={2}>
      <Statement isWrong={state === 'failing'}>{words[state]}</Statement>
      {toDo !== null && <Advice>{toDo}</Advice>}
    </Stack>
  );
}

/** How long an answer of Meta's about the subscription is believed: it changes only when somebody changes it. */
const believedMs = 5 * 60_000;

function Subscription({ number: { id }, upstream }: { number: NumberInfo; upstream: Upstream }) {
  const queries = useQueryClient();
  const queryKey = ['subscription', id];
  const asked = useQuery({
    queryKey,
    staleTime: believedMs,
    retry: false,
    queryFn: ({ signal }) => blockhouse.numbers.subscription(id, { signal, retries: 0 }),
  });
  const subscribe = useMutation({
    mutationFn: () => blockhouse.numbers.subscribe(id, { retries: 0 }),
    onSuccess: () => notify(t('numbers.subscription.subscribedNow')),
    onError: (error) => notifyFailure(error, t('numbers.subscription.notSubscribed')),
    onSettled: () => queries.invalidateQueries({ queryKey }),
  });
  const { lastWebhookAt } = upstream.health;
  const isSilent = lastWebhookAt === null;
  const isUnsubscribed = asked.data?.subscribed === false;
  return (
    <Stack gap={2} align="flex-start">
      <Statement isWrong={isSilent}>
        {isSilent ? t('numbers.neverTold') : t('numbers.lastTold', { when: ago(lastWebhookAt, serverNow()) })}
      </Statement>
      {asked.isError && <Statement>{whyNotKnown(asked.error)}</Statement>}
      {asked.data?.subscribed && (
        <Statement>
          {t('numbers.subscription.subscribed', {
            apps: asked.data.apps.map(({ id, name }) => name ?? id).join(', '),
          })}
        </Statement>
      )}
      {isUnsubscribed && (
        <>
          <Statement isWrong>{t('numbers.subscription.unsubscribed')}</Statement>
          <Button
            size="xs"
            variant="default"
            loading={subscribe.isPending}
            onClick={() => subscribe.mutate()}
          >
            {t('numbers.subscription.subscribe')}
          </Button>
        </>
      )}
    </Stack>
  );
}

function whyNotKnown(error: unknown): string {
  const isRole = error instanceof PermissionError && error.platformProblem === null;
  if (isRole) return t('numbers.subscription.onlyAdmins');
  const problem = error instanceof BlockhouseError ? error.platformProblem : null;
  const advice = problem === null ? null : t(`numbers.advice.${problem}`);
  return advice ? `${t('numbers.subscription.notKnown')}. ${advice}` : t('numbers.subscription.notKnown');
}

function ReceiverHealth({ number: { webhook } }: { number: NumberInfo }) {
  if (webhook === null) return <Statement>{t('numbers.receiver.none')}</Statement>;
  const { url, health } = webhook;
  if (health.lastAttemptAt === null) return <Statement>{t('numbers.receiver.unknown', { url })}</Statement>;
  const when = ago(health.lastAttemptAt, serverNow());
  if (health.state !== 'failing') return <Statement>{t('numbers.receiver.ok', { url, when })}</Statement>;
  return (
    <Stack gap={2}>
      <Statement isWrong>
        {t('numbers.receiver.failing', { url, when, problem: health.problem ?? '' })}
      </Statement>
      <Advice>{t('numbers.receiver.advice')}</Advice>
    </Stack>
  );
}
