import { Alert, Button, Paper, PasswordInput, Stack, Title } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { wordsOf } from '../api/server.ts';
import { LanguageSelect } from '../i18n/LanguageSelect.tsx';
import { t } from '../i18n/messages.ts';
import { Mark } from '../ui/Mark.tsx';
import classes from './SignIn.module.css';

/** Asks for a key, and hands on what it signs in to. */
export function SignIn<Signed>({
  hasExpired,
  hint,
  signIn,
  onDone,
}: {
  hasExpired: boolean;
  hint: string;
  signIn: (key: string) => Promise<Signed>;
  onDone: (signed: Signed) => void;
}) {
  const [key, setKey] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  const fail = (text: string) => {
    setError(text);
    input.current?.focus();
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (key.trim() === '') return fail(t('signIn.empty'));
    setBusy(true);
    try {
      onDone(await signIn(key.trim()));
    } catch (failure) {
      fail(wordsOf(failure));
    } finally {
      setBusy(false);
    }
  };

  return (
    <main className={classes['page']}>
      <Paper component="form" withBorder p="xl" className={classes['form']} onSubmit={submit} noValidate>
        <Stack>
          <Mark size={36} />
          <Title order={1} size="h3">
            {t('signIn.title')}
          </Title>
          {hasExpired && (
            <Alert color="yellow" variant="light" role="status">
              {t('signIn.expired')}
            </Alert>
          )}
          <PasswordInput
            ref={input}
            label={t('signIn.key')}
            description={hint}
            autoComplete="current-password"
            autoFocus
            required
            value={key}
            onChange={(event) => {
              setKey(event.currentTarget.value);
              setError(null);
            }}
            error={error}
            visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
          />
          <Button type="submit" loading={busy}>
            {t('signIn.title')}
          </Button>
        </Stack>
      </Paper>
      <LanguageSelect />
    </main>
  );
}
