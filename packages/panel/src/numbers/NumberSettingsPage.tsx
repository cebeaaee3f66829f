import type { NumberInfo } from '@blockhouse/client';
import { ActionIcon, Anchor, Button, Code, Group, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { useNumbers } from '../api/queries.ts';
import { blockhouse } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { t } from '../i18n/messages.ts';
import { useInAddress } from '../ui/address.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { copyText } from '../ui/copy.ts';
import { IconCopy } from '../ui/icons.tsx';
import { notify, notifyFailure } from '../ui/notify.ts';
import { Empty } from '../ui/Problem.tsx';
import { Section } from '../ui/Section.tsx';
import { Deliveries } from './Deliveries.tsx';
import { NumberHealth } from './NumberHealth.tsx';
import classes from './NumberSettings.module.css';
import { Receiver } from './Receiver.tsx';
import { type Fields, SettingsFields } from './SettingsFields.tsx';
import { SettingsForm, useNumberChange } from './SettingsForm.tsx';

/** The settings of a number, with their health: /numbers/{id}/settings */
export function NumberSettingsPage() {
  const { id } = useParams<{ id: string }>();
  const { numbers } = useNumber();
  useNumbers({ isWatched: true });
  const number = numbers.find((one) => one.id === id);
  if (number === undefined) return <Empty title={t('number.unknown', { id: id ?? '' })} />;
  return (
    <div className={classes['page']}>
      <Anchor component={Link} href="/numbers" size="sm">
        {t('setup.back')}
      </Anchor>
      <Title order={1} size="h3" mb="md">
        {t('setup.title', { name: number.verifiedName })}
      </Title>
      <div className={classes['sections']} key={number.id}>
        <Section title={t('setup.health')}>
          <NumberHealth number={number} />
        </Section>
        <Details number={number} />
        {number.upstream !== null && <Connection number={number} upstream={number.upstream} />}
        <Receiver number={number} />
        <Deliveries number={number} />
        <Delete number={number} />
      </div>
    </div>
  );
}

function Details({ number }: { number: NumberInfo }) {
  const [fields, setFields] = useState<Fields>({
    phone: number.displayPhoneNumber,
    name: number.verifiedName,
  });
  const change = useNumberChange(number, () => {});
  const { phone = '', name = '' } = fields;
  return (
    <Section title={t('setup.details')}>
      <SettingsForm
        error={change.error}
        isBusy={change.isPending}
        onSubmit={() => change.mutate({ displayPhoneNumber: phone.trim(), verifiedName: name.trim() })}
      >
        <SettingsFields
          names={['name', 'phone']}
          fields={fields}
          onChange={(changes) => setFields((before) => ({ ...before, ...changes }))}
          errors={[]}
        />
      </SettingsForm>
    </Section>
  );
}

type Upstream = NonNullable<NumberInfo['upstream']>;

/** The token, and what Meta needs to send webhooks. Secrets are never shown. */
function Connection({ number, upstream }: { number: NumberInfo; upstream: Upstream }) {
  const [fields, setFields] = useState<Fields>({});
  const change = useNumberChange(number, () => setFields({}));
  const callback = `${location.origin}/webhooks/meta`;
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value.trim() !== ''));
  const states = [
    [t('setup.appSecret'), upstream.appSecretSet],
    [t('setup.verifyToken'), upstream.verifyTokenSet],
  ] as const;
  return (
    <Section title={t('setup.meta')} hint={t('setup.metaHint')}>
      <div>
        <Text size="sm" fw={500}>
          {t('setup.callback')}
        </Text>
        <Group gap="xs" wrap="nowrap">
          <Code className={classes['callback'] ?? ''} dir="ltr">
            {callback}
          </Code>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t('setup.copyCallback')}
            onClick={() => void copyText(callback).then((isCopied) => isCopied && notify(t('common.copied')))}
          >
            <IconCopy />
          </ActionIcon>
        </Group>
        <Text size="sm" c="dimmed">
          {t('setup.callbackHint')}
        </Text>
        {states.map(([label, isSet]) => (
          <Text key={label} size="sm">
            {label}: {isSet ? t('setup.isSet') : t('setup.isNotSet')}
          </Text>
        ))}
      </div>
      <SettingsForm
        error={change.error}
        isBusy={change.isPending}
        onSubmit={() => Object.keys(given).length > 0 && change.mutate({ upstream: given })}
      >
        <SettingsFields
          names={['token', 'appSecret', 'verifyToken']}
          fields={fields}
          onChange={(changes) => setFields((before) => ({ ...before, ...changes }))}
          errors={[]}
        />
      </SettingsForm>
    </Section>
  );
}

function Delete({ number }: { number: NumberInfo }) {
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [dialog, setDialog] = useInAddress('dialog', 'push');
  const remove = useMutation({
    mutationFn: () => blockhouse.numbers.delete(number.id),
    onSuccess: async () => {
      notify(t('setup.deleted', { name: number.verifiedName }));
      go('~/panel/numbers');
      await queries.invalidateQueries({ queryKey: ['numbers'] });
    },
    onError: (error) => notifyFailure(error),
  });
  return (
    <Section title={t('setup.delete')} hint={t('setup.deleteHint')}>
      <Group>
        <Button color="red.9" onClick={() => setDialog('delete')}>
          {t('setup.delete')}
        </Button>
      </Group>
      <ConfirmDialog
        isOpen={dialog === 'delete'}
        title={t('setup.deleteTitle', { name: number.verifiedName })}
        hint={t('setup.deleteHint')}
        action={t('setup.delete')}
        isBusy={remove.isPending}
        onConfirm={() => remove.mutate()}
        onClose={() => setDialog('')}
      />
    </Section>
  );
}
