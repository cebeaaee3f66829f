import type { Rule } from '@blockhouse/client';
import { readSpan } from '@blockhouse/engine';
import { Alert, Button, Group, Modal, NativeSelect, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { readAgain } from '../api/changes.ts';
import { serverNow } from '../api/clock.ts';
import { blockhouse, wordsOf } from '../api/server.ts';
import { choicesOf, t } from '../i18n/messages.ts';

/** A rule may have blocked tens of thousands of users, at Meta a thousand a request. */
const deadline = { timeoutMs: 300_000, deadlineMs: 300_000 };

/** Unblocks everybody whom a rule has blocked, and says how many that were. */
export function UndoDialog({ rule, onClose }: { rule: Rule | null; onClose: () => void }) {
  return (
    <Modal
      opened={rule !== null}
      onClose={onClose}
      title={rule !== null && t('rules.undoTitle', { name: rule.name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {rule !== null && <Undo rule={rule} onClose={onClose} />}
    </Modal>
  );
}

function Undo({ rule, onClose }: { rule: Rule; onClose: () => void }) {
  const queries = useQueryClient();
  const [span, setSpan] = useState('24h');
  const undo = useMutation({
    mutationFn: () => blockhouse.rules.undo(rule.id, sinceOf(span), deadline),
    onSettled: () => readAgain(queries),
  });
  return (
    <Stack>
      <Text size="sm">{t('rules.undoHint')}</Text>
      <NativeSelect
        label={t('rules.since')}
        value={span}
        onChange={(event) => setSpan(event.currentTarget.value)}
        data={choicesOf('rules.spans')}
      />
      <div role="status">
        {undo.data !== undefined && <Undone {...undo.data} />}
        {undo.isError && (
          <Alert color="red" title={t('common.notKnown')}>
            {wordsOf(undo.error)}
          </Alert>
        )}
      </div>
      <Group justify="end">
        <Button variant="default" onClick={onClose}>
          {undo.data === undefined ? t('common.cancel') : t('block.done')}
        </Button>
        <Button loading={undo.isPending} onClick={() => undo.mutate()}>
          {t('rules.undo')}
        </Button>
      </Group>
    </Stack>
  );
}

function Undone({ unblocked, failed }: { unblocked: number; failed: number }) {
  return (
    <Stack gap="xs">
      {failed > 0 && (
        <Alert color="red" title={t('rules.notUndone', { count: failed })}>
          {t('rules.notUndoneHint')}
        </Alert>
      )}
      {(unblocked > 0 || failed === 0) && (
        <Alert color="teal">
          {unblocked === 0 ? t('rules.undoneNobody') : t('rules.undone', { count: unblocked })}
        </Alert>
      )}
    </Stack>
  );
}

function sinceOf(span: string): string {
  const spanMs = span === 'all' ? null : readSpan(span);
  return new Date(spanMs === null ? 0 : serverNow() - spanMs).toISOString();
}
