import { Alert, Button, Center, Loader, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { wordsOf } from '../api/server.ts';
import { t } from '../i18n/messages.ts';

/** @param props.hint why it may take long. */
export function Loading({ hint }: { hint?: string }) {
  return (
    <Center p="xl">
      <Stack align="center" gap="xs">
        <Loader role="status" aria-label={t('common.loading')} />
        {hint !== undefined && (
          <Text c="dimmed" size="sm">
            {hint}
          </Text>
        )}
      </Stack>
    </Center>
  );
}

/** The content that could not be loaded, the reason, and a button to try again. */
export function Problem({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <Alert color="red" variant="light" role="alert" title={t('common.failed')}>
      <Stack align="flex-start" gap="sm">
        <Text size="sm">{wordsOf(error)}</Text>
        <Button variant="default" size="xs" onClick={onRetry}>
          {t('common.retry')}
        </Button>
      </Stack>
    </Alert>
  );
}

/** Where there is nothing: what it means, and what can be done. */
export function Empty({ title, hint, children }: { title: string; hint?: string; children?: ReactNode }) {
  return (
    <Center p="xl">
      <Stack align="center" gap="xs" maw="28rem">
        <Title order={2} size="h4" ta="center">
          {title}
        </Title>
        {hint !== undefined && (
          <Text c="dimmed" ta="center" size="sm">
            {hint}
          </Text>
        )}
        {children}
      </Stack>
    </Center>
  );
}
