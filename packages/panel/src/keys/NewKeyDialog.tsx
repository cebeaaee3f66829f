import type { KeyInfo, NewKey } from '@blockhouse/client';
import { readSpan } from '@blockhouse/engine';
import {
  Alert,
  Button,
  Code,
  Group,
  Modal,
  NativeSelect,
  Radio,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { serverNow } from '../api/clock.ts';
import { blockhouse, wordsOf } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { choicesOf, t } from '../i18n/messages.ts';
import { ChoicesInput } from '../ui/ChoicesInput.tsx';
import { copyText } from '../ui/copy.ts';
import classes from './KeysPage.module.css';

const roles = ['agent', 'app', 'admin'] as const;

/** Creates a key, and shows it: the only time that anybody sees it. */
export function NewKeyDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={t('keys.add')}
      // A key that was just created would be lost by a click beside the dialog.
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <NewKeyForm onClose={onClose} />
    </Modal>
  );
}

function NewKeyForm({ onClose }: { onClose: () => void }) {
  const { numbers } = useNumber();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<NewKey['role']>('agent');
  const [only, setOnly] = useState<readonly string[] | null>(null);
  const [span, setSpan] = useState('never');
  const [problem, setProblem] = useState<string | null>(null);
  const create = useMutation({
    mutationFn: (key: NewKey) => blockhouse.keys.create(key),
    onError: (error) => setProblem(wordsOf(error)),
    onSettled: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  });
  const isLimited = only !== null && role !== 'admin';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '') return setProblem(t('keys.noName'));
    if (isLimited && only.length === 0) return setProblem(t('keys.noNumbers'));
    setProblem(null);
    const spanMs = span === 'never' ? null : readSpan(span);
    create.mutate({
      name: name.trim(),
      role,
      numbers: isLimited ? only : ['*'],
      ...(spanMs !== null && { expiresAt: new Date(serverNow() + spanMs).toISOString() }),
    });
  };
  if (create.data !== undefined) return <Created created={create.data} onClose={onClose} />;
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          data-autofocus
          label={t('keys.name')}
          description={t('keys.nameHint')}
          maxLength={200}
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
            setProblem(null);
          }}
        />
        <Radio.Group
          label={t('keys.role')}
          value={role}
          onChange={(chosen) => setRole(chosen as NewKey['role'])}
        >
          <Stack gap="xs" mt="xs">
            {roles.map((one) => (
              <Radio
                key={one}
                value={one}
                label={t(`keys.roles.${one}`)}
                description={t(`keys.roleHints.${one}`)}
              />
            ))}
          </Stack>
        </Radio.Group>
        {role !== 'admin' && numbers.length > 1 && (
          <NativeSelect
            label={t('keys.where')}
            value={only === null ? 'all' : 'some'}
            onChange={(event) => setOnly(event.currentTarget.value === 'all' ? null : [])}
            data={[
              { value: 'all', label: t('keys.allNumbers') },
              { value: 'some', label: t('keys.onThese') },
            ]}
          />
        )}
        {isLimited && (
          <ChoicesInput
            label={t('keys.onThese')}
            value={only}
            onChange={setOnly}
            choices={numbers.map(({ id, verifiedName }) => ({ value: id, label: verifiedName }))}
          />
        )}
        <NativeSelect
          label={t('keys.expiry')}
          value={span}
          onChange={(event) => setSpan(event.currentTarget.value)}
          data={choicesOf('keys.expiries')}
        />
        {problem !== null && (
          <Text size="sm" role="alert" c="var(--mantine-color-error)">
            {problem}
          </Text>
        )}
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={create.isPending}>
            {t('keys.create')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Created({
  created: { name, key },
  onClose,
}: {
  created: KeyInfo & { readonly key: string };
  onClose: () => void;
}) {
  const [isCopied, setCopied] = useState(false);
  return (
    <Stack>
      <Alert color="teal" role="status" title={t('keys.created', { name })}>
        {t('keys.copyNow')}
      </Alert>
      <Code block className={classes['key'] ?? ''} dir="ltr">
        {key}
      </Code>
      <Group justify="end">
        <Button variant="default" onClick={() => void copyText(key).then(setCopied)}>
          {isCopied ? t('common.copied') : t('keys.copy')}
        </Button>
        <Button onClick={onClose}>{t('block.done')}</Button>
      </Group>
    </Stack>
  );
}
