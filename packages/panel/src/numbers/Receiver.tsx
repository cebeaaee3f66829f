import type { NumberInfo } from '@blockhouse/client';
import { Alert, Button, Group, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { blockhouse, wordsOf } from '../api/server.ts';
import { t } from '../i18n/messages.ts';
import { notify } from '../ui/notify.ts';
import { Section } from '../ui/Section.tsx';
import { SettingsForm, useNumberChange } from './SettingsForm.tsx';

/** The business's own receiver of webhooks: set, tested with a sample, and removed. */
export function Receiver({ number }: { number: NumberInfo }) {
  const [url, setUrl] = useState(number.webhook?.url ?? '');
  const [appSecret, setAppSecret] = useState('');
  const [verifyToken, setVerifyToken] = useState('');
  const change = useNumberChange(number, () => {
    setAppSecret('');
    setVerifyToken('');
  });
  const test = useMutation({
    mutationFn: () => blockhouse.deliveries.test(number.id),
    onSuccess: ({ delivered }) => {
      if (delivered) notify(t('setup.tested'));
    },
  });
  const problem = test.isError ? wordsOf(test.error) : (test.data?.problem ?? null);
  return (
    <Section title={t('setup.receiver')} hint={t('setup.receiverHint')}>
      <SettingsForm
        error={change.error}
        isBusy={change.isPending}
        onSubmit={() =>
          change.mutate({
            webhook: {
              url: url.trim(),
              ...(appSecret !== '' && { appSecret }),
              ...(verifyToken !== '' && { verifyToken }),
            },
          })
        }
      >
        <TextInput
          type="url"
          label={t('setup.url')}
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('setup.appSecret')}
          description={t('setup.receiverSecretHint')}
          autoComplete="new-password"
          value={appSecret}
          onChange={(event) => setAppSecret(event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
        />
        <PasswordInput
          label={t('setup.verifyToken')}
          description={t('setup.receiverTokenHint')}
          autoComplete="new-password"
          value={verifyToken}
          onChange={(event) => setVerifyToken(event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
        />
      </SettingsForm>
      {number.webhook !== null && (
        <Group>
          <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
            {t('setup.test')}
          </Button>
          <Button
            variant="default"
            loading={change.isPending}
            onClick={() => change.mutate({ webhook: null }, { onSuccess: () => setUrl('') })}
          >
            {t('setup.removeReceiver')}
          </Button>
        </Group>
      )}
      <div role="status">
        {problem !== null && (
          <Alert color="red" variant="light" title={t('setup.notTested')}>
            {problem}
          </Alert>
        )}
      </div>
    </Section>
  );
}
