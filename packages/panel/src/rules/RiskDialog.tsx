import { BlockhouseError } from '@blockhouse/client';
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { wordsOf } from '../api/server.ts';
import { t } from '../i18n/messages.ts';

/** Whether the server asks for a confirmation, because a rule would hit many users who are known. */
export function isRisk(error: unknown): boolean {
  return error instanceof BlockhouseError && error.status === 409;
}

/** Asks whether a rule that would hit many known users is to be turned on anyway. */
export function RiskDialog({
  error,
  onConfirm,
  onClose,
}: {
  /** The answer of the server; anything else keeps the dialog closed. */
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
}) {
  return (
    <Modal
      opened={isRisk(error)}
      onClose={onClose}
      title={t('rules.risk.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {isRisk(error) && (
        <Stack>
          <Text size="sm">{wordsOf(error)}</Text>
          <Group justify="end">
            <Button variant="default" data-autofocus onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button color="red.9" onClick={onConfirm}>
              {t('rules.risk.anyway')}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
