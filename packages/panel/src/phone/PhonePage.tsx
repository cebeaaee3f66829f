import { Badge, Button, Card, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { readAgain, unblockRefusalWords, unrefused } from '../api/changes.ts';
import { setServerTime } from '../api/clock.ts';
import { askJson, blockhouse } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { date } from '../i18n/format.ts';
import { choicesOf, t } from '../i18n/messages.ts';
import { formatPhone } from '../i18n/phone.ts';
import { notify, notifyFailure } from '../ui/notify.ts';
import { readClock, readIsOnline } from './customer.ts';
import classes from './PhonePage.module.css';
import { readWebhooks } from './webhooks.ts';

/** A message as the customer's phone shows it. */
interface PhoneMessage {
  readonly id: string;
  readonly from: string;
  readonly text: string;
  readonly ticks: 1 | 2;
}

const firstCustomer = '16505551234';

/** A phone beside the business's inbox: it teaches the API in a minute. */
export function PhonePage() {
  const { number } = useNumber();
  const [customer, setCustomer] = useState(firstCustomer);
  const [messages, setMessages] = useState<readonly PhoneMessage[]>([]);
  const digits = customer.replace(/\D/g, '');
  const state = useQuery({
    queryKey: ['phone', digits],
    queryFn: ({ signal }) => askJson(`/sandbox/users/${encodeURIComponent(digits)}`, { signal }),
    enabled: digits.length >= 7,
  });
  const isBlocked = !readIsOnline(state.data, number.id);
  const own = messages.filter(({ from }) => from === digits);
  return (
    <div className={classes['page']}>
      <div>
        <Title order={1} size="h3">
          {t('phone.title')}
        </Title>
        <Text c="dimmed" size="sm">
          {t('phone.about')}
        </Text>
      </div>
      <div className={classes['sides']}>
        <Card withBorder component="section" aria-label={t('phone.customer')}>
          <Phone
            customer={customer}
            onCustomer={setCustomer}
            messages={own}
            isOnline={!isBlocked}
            onMessage={(one) => setMessages((before) => [...before, one])}
          />
        </Card>
        <Card withBorder component="section" aria-label={t('phone.business')}>
          <Business customer={digits} isBlocked={isBlocked} heard={own.filter(({ ticks }) => ticks === 2)} />
        </Card>
        <Controls />
      </div>
    </div>
  );
}

function Phone({
  customer,
  onCustomer,
  messages,
  isOnline,
  onMessage,
}: {
  customer: string;
  onCustomer: (customer: string) => void;
  messages: readonly PhoneMessage[];
  isOnline: boolean;
  onMessage: (messages: PhoneMessage) => void;
}) {
  const { number } = useNumber();
  const queries = useQueryClient();
  const [text, setText] = useState('');
  const send = useMutation({
    mutationFn: (message: string) =>
      blockhouse.sandbox.sendMessage(customer.replace(/\D/g, ''), message, { to: number.id }),
    onError: (error) => notifyFailure(error),
    onSuccess: ({ id, status }, message) => {
      onMessage({
        id,
        from: customer.replace(/\D/g, ''),
        text: message,
        ticks: status === 'delivered' ? 2 : 1,
      });
      setText('');
      void readAgain(queries);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== '') send.mutate(text.trim());
  };
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        {t('phone.customer')}
      </Title>
      <TextInput
        label={t('phone.from')}
        value={customer}
        onChange={(event) => onCustomer(event.currentTarget.value)}
      />
      <Text size="xs" c="dimmed" role="status">
        {isOnline ? t('phone.online') : t('phone.offline')}
      </Text>
      <ol className={classes['talk']} aria-label={t('phone.message')}>
        {messages.length === 0 && <li className={classes['quiet']}>{t('phone.nothingSaid')}</li>}
        {messages.map(({ id, text: message, ticks }) => (
          <li key={id} className={classes['bubble']}>
            <bdi>{message}</bdi>
            <span
              className={classes['ticks']}
              role="img"
              aria-label={ticks === 2 ? t('phone.delivered') : t('phone.sent')}
            >
              {ticks === 2 ? '✓✓' : '✓'}
            </span>
          </li>
        ))}
      </ol>
      <form onSubmit={submit} className={classes['write']}>
        <TextInput
          aria-label={t('phone.message')}
          placeholder={t('phone.message')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button type="submit" loading={send.isPending}>
          {t('phone.send')}
        </Button>
      </form>
    </Stack>
  );
}

function Business({
  customer,
  isBlocked,
  heard,
}: {
  customer: string;
  isBlocked: boolean;
  heard: readonly PhoneMessage[];
}) {
  const { number } = useNumber();
  const queries = useQueryClient();
  const webhooks = useQuery({
    queryKey: ['webhooks', number.id, customer],
    queryFn: async ({ signal }) =>
      readWebhooks(
        await askJson(`/sandbox/webhooks?number=${number.id}&user=${customer}&limit=20`, { signal }),
      ),
    enabled: customer.length >= 7,
  });
  const change = useMutation({
    mutationFn: async () => {
      const call = { users: [customer], numbers: [number.id] };
      if (isBlocked) {
        unrefused(await blockhouse.unblock(call), unblockRefusalWords);
        return t('phone.unblockedNow', { who: formatPhone(customer) });
      }
      unrefused(await blockhouse.block(call));
      return t('phone.blockedNow', { who: formatPhone(customer) });
    },
    onSuccess: (message) => notify(message),
    onError: (error) => notifyFailure(error),
    onSettled: () => readAgain(queries),
  });
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        {t('phone.business')}
      </Title>
      <Title order={3} size="h6">
        {t('phone.heard')}
      </Title>
      <ol className={classes['talk']} aria-label={t('phone.inbox')}>
        {heard.length === 0 && <li className={classes['quiet']}>{t('phone.heardNothing')}</li>}
        {heard.map(({ id, text }) => (
          <li key={id} className={classes['bubble']}>
            <bdi>{text}</bdi>
          </li>
        ))}
      </ol>
      {isBlocked && (
        <Text size="sm" fw={500} role="status">
          {t('phone.quiet')}
        </Text>
      )}
      <Button
        variant={isBlocked ? 'default' : 'filled'}
        loading={change.isPending}
        onClick={() => change.mutate()}
      >
        {isBlocked ? t('phone.unblock') : t('phone.block')}
      </Button>
      <Title order={3} size="h6">
        {t('phone.webhooks')}
      </Title>
      {(webhooks.data?.length ?? 0) === 0 ? (
        <Text size="sm" c="dimmed">
          {t('phone.noWebhooks')}
        </Text>
      ) : (
        <ul className={classes['webhooks']}>
          {webhooks.data?.map(({ id, state, kind, body }) => (
            <li key={id}>
              <details>
                <summary>
                  <Badge variant="default" size="sm">
                    {state}
                  </Badge>{' '}
                  {kind}
                </summary>
                <pre className={classes['body']}>{body}</pre>
              </details>
            </li>
          ))}
        </ul>
      )}
    </Stack>
  );
}

function Controls() {
  const { number } = useNumber();
  const queries = useQueryClient();
  const clock = useQuery({
    queryKey: ['phone', 'clock'],
    queryFn: async ({ signal }) => readClock(await askJson('/sandbox/clock', { signal })),
  });
  const advance = useMutation({
    mutationFn: (span: string) => blockhouse.sandbox.advanceClock(span),
    onError: (error) => notifyFailure(error),
    onSuccess: ({ now }) => {
      setServerTime(now);
      return queries.invalidateQueries();
    },
  });
  const order = useMutation({
    mutationFn: async (what: { code: number } | { disconnect: true } | null) => {
      if (what === null) {
        await blockhouse.sandbox.clearFaults();
        return t('phone.cleared');
      }
      await blockhouse.sandbox.injectFault({
        operation: 'block',
        number: number.id,
        when: { times: 1 },
        what,
      });
      return t('phone.ordered');
    },
    onSuccess: (message) => notify(message),
    onError: (error) => notifyFailure(error),
  });
  return (
    <Card withBorder component="section" aria-label={t('phone.clock')}>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t('phone.clock')}
        </Title>
        {clock.data != null && (
          <Text size="sm" role="status">
            {t('phone.now', { time: date(clock.data) })}
          </Text>
        )}
        <Group gap="xs">
          {choicesOf('phone.spans').map(({ value: span, label }) => (
            <Button
              key={span}
              variant="default"
              size="xs"
              disabled={advance.isPending}
              onClick={() => advance.mutate(span)}
            >
              {t('phone.advance', { span: label })}
            </Button>
          ))}
        </Group>
        <Title order={2} size="h4">
          {t('phone.faults')}
        </Title>
        <Text size="sm" c="dimmed">
          {t('phone.faultHint')}
        </Text>
        <Group gap="xs">
          <Button variant="default" size="xs" onClick={() => order.mutate({ code: 139103 })}>
            {t('phone.fault.internal')}
          </Button>
          <Button variant="default" size="xs" onClick={() => order.mutate({ code: 130429 })}>
            {t('phone.fault.rate')}
          </Button>
          <Button variant="default" size="xs" onClick={() => order.mutate({ disconnect: true })}>
            {t('phone.fault.disconnect')}
          </Button>
          <Button variant="subtle" size="xs" onClick={() => order.mutate(null)}>
            {t('phone.clear')}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}
