import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { t } from '../i18n/messages.ts';

/** A question before something that nobody can undo. */
export function ConfirmDialog({
  isOpen,
  title,
  hint,
  action,
  isBusy = false,
  onConfirm,
  onClose,
}: {
  isOpen: boolean;
  title: string;
  hint: string;
  /** The button's words: what is going to happen. */
  action: string;
  isBusy?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={title}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack>
        <Text size="sm">{hint}</Text>
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button color="red.9" data-autofocus loading={isBusy} onClick={onConfirm}>
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
