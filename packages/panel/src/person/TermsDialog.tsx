import type { NumberDiagnosis } from '@blockhouse/client';
import { Button, Checkbox, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { readAgain, unrefused } from '../api/changes.ts';
import { blockhouse, wordsOf } from '../api/server.ts';
import { useNumber } from '../app/number.ts';
import { type Expiry, ExpiryFields, expiryOf } from '../block/ExpiryFields.tsx';
import { ReasonInput } from '../block/ReasonInput.tsx';
import { rememberReason } from '../block/reasons.ts';
import { date } from '../i18n/format.ts';
import { t } from '../i18n/messages.ts';
import { notify } from '../ui/notify.ts';

interface Props {
  readonly found: NumberDiagnosis;
  readonly user: string;
  readonly name: string;
  readonly numberName: string;
  readonly onClose: () => void;
}

/** Blocks a person, or changes why and until when they are blocked. */
export function TermsDialog({ isOpen, ...props }: Props & { readonly isOpen: boolean }) {
  const { found, name, numberName, onClose } = props;
  const isBlocked = found.blocked !== null || found.standing !== null;
  const titled = { who: name, number: numberName };
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={isBlocked ? t('person.editTitle', titled) : t('person.blockTitle', titled)}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Terms {...props} />
    </Modal>
  );
}

function unchanged(until: string | null): string {
  return until === null ? t('person.keepPermanent') : t('person.keepUntil', { when: date(until) });
}

function Terms({ found, user, name, onClose }: Props) {
  const { numbers } = useNumber();
  const queries = useQueryClient();
  const current = found.blocked ?? found.standing;
  const [note, setNote] = useState(current?.note ?? '');
  const [expiry, setExpiry] = useState<Expiry>({ choice: current === null ? 'good' : 'keep', date: '' });
  const [isEverywhere, setEverywhere] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const save = useMutation({
    mutationFn: async (until: string | null | undefined) => {
      const request = {
        users: [user],
        numbers: isEverywhere ? numbers.map(({ id }) => id) : [found.number],
        note: note.trim() === '' ? null : note.trim(),
        ...(until !== undefined && { until }),
      };
      if (found.standing !== null && found.blocked === null)
        return unrefused(await blockhouse.standingBlocks.place(request));
      return unrefused(await blockhouse.block({ ...request, whenClosed: 'standing' }));
    },
    onSuccess: ({ changed, standing }) => {
      rememberReason(note.trim());
      if (current !== null) notify(t('person.saved', { who: name }));
      else if (standing.length > 0 && changed.length === 0) notify(t('person.willBeBlocked', { who: name }));
      else notify(t('phone.blockedNow', { who: name }));
      onClose();
    },
    onError: (error) => setProblem(wordsOf(error)),
    onSettled: () => readAgain(queries),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const until = expiryOf(expiry);
    if (until === 'missing') return setProblem(t('person.dateMissing'));
    setProblem(null);
    save.mutate(until);
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {current === null && !found.window.open && (
          <Text size="sm" c="dimmed">
            {t('person.windowClosed')}
          </Text>
        )}
        <ReasonInput value={note} onChange={setNote} />
        <ExpiryFields
          value={expiry}
          onChange={(next) => {
            setExpiry(next);
            setProblem(null);
          }}
          {...(current !== null && { keepLabel: unchanged(current.until) })}
        />
        {current === null && numbers.length > 1 && (
          <Checkbox
            label={t('person.everywhere', { numbers: numbers.length })}
            checked={isEverywhere}
            onChange={(event) => setEverywhere(event.currentTarget.checked)}
          />
        )}
        {problem !== null && (
          <Text size="sm" role="alert" c="var(--mantine-color-error)">
            {problem}
          </Text>
        )}
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {current === null ? t('person.block') : t('person.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
