import type { NumberChanges, NumberInfo } from '@blockhouse/client';
import { Button, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent, ReactNode } from 'react';
import { blockhouse, wordsOf } from '../api/server.ts';
import { t } from '../i18n/messages.ts';
import { notify } from '../ui/notify.ts';
import classes from './NumberSettings.module.css';

/** Changes settings of a number, and says so. */
export function useNumberChange(number: NumberInfo, onDone: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (changes: NumberChanges) => blockhouse.numbers.update(number.id, changes),
    onSuccess: () => {
      notify(t('setup.saved'));
      onDone();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['numbers'] }),
  });
}

/** A form of settings with its button, and the problem where the server has refused them. */
export function SettingsForm({
  error,
  isBusy,
  onSubmit,
  children,
}: {
  error: unknown;
  isBusy: boolean;
  onSubmit: () => void;
  children: ReactNode;
}) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form onSubmit={submit} noValidate className={classes['form']}>
      {children}
      {error !== null && (
        <Text size="sm" role="alert" c="var(--mantine-color-error)">
          {wordsOf(error)}
        </Text>
      )}
      <Button type="submit" loading={isBusy}>
        {t('setup.save')}
      </Button>
    </form>
  );
}
