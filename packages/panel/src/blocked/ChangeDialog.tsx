import type { BlockDetails } from '@blockhouse/client';
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { readAgain } from '../api/changes.ts';
import { wordsOf } from '../api/server.ts';
import { type Expiry, ExpiryFields, expiryOf } from '../block/ExpiryFields.tsx';
import { ReasonInput } from '../block/ReasonInput.tsx';
import { t } from '../i18n/messages.ts';
import { notify, notifyFailure } from '../ui/notify.ts';
import { ProgressBar, useSteps } from '../ui/ProgressBar.tsx';
import { changeTerms } from './unblock.ts';

interface Props {
  readonly number: string;
  readonly rows: readonly BlockDetails[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Changes the reason or the end of many blocks. */
export function ChangeDialog({ isOpen, ...props }: Props & { readonly isOpen: boolean }) {
  const { rows, onClose } = props;
  return (
    <Modal
      opened={isOpen && rows.length > 0}
      onClose={onClose}
      title={t('bulk.title', { count: rows.length })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Change {...props} />
    </Modal>
  );
}

function Change({ number, rows, onClose, onDone }: Props) {
  const queries = useQueryClient();
  const [note, setNote] = useState('');
  const [expiry, setExpiry] = useState<Expiry>({ choice: 'keep', date: '' });
  const [problem, setProblem] = useState<string | null>(null);
  const { steps, run, stop } = useSteps();
  const change = useMutation({
    mutationFn: (terms: { note?: string; until?: string | null }) =>
      run(rows.length, (watch) => changeTerms(number, rows, { terms, watch })),
    onSuccess: ({ changed, refused, problem: failure, isStopped }) => {
      for (const words of refused) notifyFailure(new Error(words));
      const done = changed.length;
      if (isStopped) notify(t('bulk.stopped', { done, total: rows.length }));
      else if (failure === null && done > 0) notify(t('bulk.changed', { count: done }));
      if (failure !== null && !isStopped) return setProblem(failure);
      onDone();
    },
    onError: (error) => setProblem(wordsOf(error)),
    onSettled: () => readAgain(queries),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const until = expiryOf(expiry);
    const text = note.trim();
    if (until === 'missing') return setProblem(t('person.dateMissing'));
    if (text === '' && until === undefined) return setProblem(t('bulk.nothing'));
    setProblem(null);
    change.mutate({ ...(text !== '' && { note: text }), ...(until !== undefined && { until }) });
  };
  if (steps !== null) return <ProgressBar steps={steps} onStop={stop} />;
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <ReasonInput hint={t('bulk.noteHint')} value={note} onChange={setNote} />
        <ExpiryFields value={expiry} onChange={setExpiry} keepLabel={t('bulk.keepExpiry')} />
        {problem !== null && (
          <Text size="sm" role="alert" c="var(--mantine-color-error)">
            {problem}
          </Text>
        )}
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit">{t('person.save')}</Button>
        </Group>
      </Stack>
    </form>
  );
}
