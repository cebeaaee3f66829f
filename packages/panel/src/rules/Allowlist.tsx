import { ActionIcon, Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useAllowlist } from '../api/rules.ts';
import { blockhouse, wordsOf } from '../api/server.ts';
import { useIsAdmin } from '../app/session.ts';
import { nameOf } from '../i18n/format.ts';
import { t } from '../i18n/messages.ts';
import { IconCross } from '../ui/icons.tsx';
import { notifyFailure } from '../ui/notify.ts';
import classes from './Rules.module.css';

/** Users that are shown; the rest is counted. */
const shownMax = 100;

/** The people whom no rule touches. */
export function Allowlist() {
  const queries = useQueryClient();
  const isAdmin = useIsAdmin();
  const query = useAllowlist();
  const [phone, setPhone] = useState('');
  const show = (users: readonly string[]) => queries.setQueryData(['rules', 'allowlist'], users);
  const add = useMutation({
    mutationFn: (user: string) => blockhouse.rules.allow([user]),
    onSuccess: (users) => {
      setPhone('');
      show(users);
    },
  });
  const remove = useMutation({
    mutationFn: (user: string) => blockhouse.rules.disallow([user]),
    onSuccess: show,
    onError: (error) => notifyFailure(error),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (phone.trim() !== '') add.mutate(phone.trim());
  };
  const users = query.data ?? [];
  return (
    <section aria-label={t('rules.allowlist.title')}>
      <Title order={2} size="h5">
        {t('rules.allowlist.title')}
      </Title>
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          {t('rules.allowlist.about')} {query.data?.length === 0 && t('rules.allowlist.empty')}
        </Text>
        {isAdmin && (
          <form onSubmit={submit} noValidate>
            <Group align="start">
              <TextInput
                type="tel"
                aria-label={t('rules.allowlist.phone')}
                placeholder={t('rules.allowlist.phone')}
                value={phone}
                onChange={(event) => {
                  setPhone(event.currentTarget.value);
                  add.reset();
                }}
                error={add.isError ? wordsOf(add.error) : null}
              />
              <Button type="submit" variant="default" loading={add.isPending}>
                {t('rules.allowlist.add')}
              </Button>
            </Group>
          </form>
        )}
        {users.length > 0 && (
          <ul className={classes['people']}>
            {users.slice(0, shownMax).map((user) => (
              <li key={user}>
                <bdi dir="ltr">{nameOf(user)}</bdi>
                {isAdmin && (
                  <ActionIcon
                    size="sm"
                    variant="subtle"
                    color="gray"
                    aria-label={t('rules.allowlist.remove', { who: nameOf(user) })}
                    onClick={() => remove.mutate(user)}
                  >
                    <IconCross size={14} />
                  </ActionIcon>
                )}
              </li>
            ))}
            {users.length > shownMax && (
              <li>{t('rules.allowlist.more', { count: users.length - shownMax })}</li>
            )}
          </ul>
        )}
      </Stack>
    </section>
  );
}
