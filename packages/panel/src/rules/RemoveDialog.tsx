import type { Rule } from '@blockhouse/client';
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { blockhouse } from '../api/server.ts';
import { t } from '../i18n/messages.ts';
import { notify, notifyFailure } from '../ui/notify.ts';

/** Deletes a rule, after a question. */
export function RemoveDialog({ rule, onClose }: { rule: Rule | null; onClose: () => void }) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: ({ id }: Rule) => blockhouse.rules.delete(id),
    onError: (error) => notifyFailure(error),
    onSuccess: (_result, { name }) => {
      notify(t('rules.removed', { name }));
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['rules'] }),
  });
  return (
    <Modal
      opened={rule !== null}
      onClose={onClose}
      title={rule !== null && t('rules.removeTitle', { name: rule.name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack>
        <Text size="sm">{t('rules.removeHint')}</Text>
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button
            color="red.9"
            loading={remove.isPending}
            onClick={() => rule !== null && remove.mutate(rule)}
          >
            {t('rules.remove')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
