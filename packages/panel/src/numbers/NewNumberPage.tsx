import type { NewNumber } from '@blockhouse/client';
import { Anchor, Button, Group, Radio, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { blockhouse, wordsOf } from '../api/server.ts';
import { t } from '../i18n/messages.ts';
import { notify } from '../ui/notify.ts';
import classes from './NumberSettings.module.css';
import { type Fields, SettingsFields } from './SettingsFields.tsx';

const platforms = ['cloud', 'local'] as const;

const fieldsOf = {
  local: ['phone', 'name'],
  cloud: ['id', 'waba', 'phone', 'name', 'token', 'appSecret', 'verifyToken'],
} as const;

/** Meta says what it knows of a number, and a colleague may be added without its secrets. */
const optional: readonly string[] = ['name', 'appSecret', 'verifyToken'];

/** Adds a number. Meta checks the ID and the token before anything is stored. */
export function NewNumberPage({ hasOthers = true }: { hasOthers?: boolean }) {
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [platform, setPlatform] = useState<(typeof platforms)[number]>('cloud');
  const [fields, setFields] = useState<Fields>({});
  const [isAsked, setAsked] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const names = fieldsOf[platform];
  const missing = names.filter((name) => !optional.includes(name) && (fields[name] ?? '').trim() === '');
  const add = useMutation({
    mutationFn: (number: NewNumber) => blockhouse.numbers.create(number),
    onSuccess: async ({ id, verifiedName }) => {
      notify(t('setup.added', { name: verifiedName }));
      await queries.invalidateQueries({ queryKey: ['numbers'] });
      go(`~/panel/${id}/numbers/${id}/settings`);
    },
    onError: (error) => setProblem(wordsOf(error)),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    setProblem(null);
    if (missing.length === 0) add.mutate(numberOf(platform, fields));
  };
  return (
    <div className={classes['page']}>
      {hasOthers && (
        <Anchor component={Link} href="/numbers" size="sm">
          {t('setup.back')}
        </Anchor>
      )}
      <Title order={1} size="h3" mb="md">
        {t('setup.newTitle')}
      </Title>
      <form onSubmit={submit} noValidate className={classes['form']}>
        <Stack>
          <Radio.Group
            label={t('setup.where')}
            value={platform}
            onChange={(chosen) => {
              setPlatform(chosen as typeof platform);
              setProblem(null);
            }}
          >
            <Stack gap="xs" mt="xs">
              {platforms.map((one) => (
                <Radio key={one} value={one} label={t(`setup.${one}`)} description={t(`setup.${one}Hint`)} />
              ))}
            </Stack>
          </Radio.Group>
          <SettingsFields
            names={names}
            fields={fields}
            onChange={(changes) => setFields((before) => ({ ...before, ...changes }))}
            errors={isAsked ? missing : []}
          />
          {problem !== null && (
            <Text size="sm" role="alert" c="var(--mantine-color-error)">
              {problem}
            </Text>
          )}
          <Group>
            <Button type="submit" loading={add.isPending}>
              {platform === 'cloud' ? t('setup.check') : t('setup.add')}
            </Button>
          </Group>
        </Stack>
      </form>
    </div>
  );
}

function numberOf(platform: (typeof platforms)[number], fields: Fields): NewNumber {
  const { phone = '', name, id, waba, token, appSecret, verifyToken } = trimmed(fields);
  const named = { displayPhoneNumber: phone, ...(name !== undefined && { verifiedName: name }) };
  if (platform === 'local') return named;
  return {
    ...named,
    platform: 'cloud',
    ...(id !== undefined && { id }),
    ...(waba !== undefined && { wabaId: waba }),
    upstream: {
      ...(token !== undefined && { token }),
      ...(appSecret !== undefined && { appSecret }),
      ...(verifyToken !== undefined && { verifyToken }),
    },
  };
}

/** The fields without spaces at their ends, and without those that are empty. */
function trimmed(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value.trim() === '' ? [] : [[name, value.trim()]])),
  );
}
