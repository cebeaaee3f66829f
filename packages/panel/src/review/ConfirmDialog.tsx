import type { Review } from '@blockhouse/client';
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { t } from '../i18n/messages.ts';

/** An action that nobody can undo, and its messages. A person confirms it first. */
export interface Question {
  readonly act: 'discard' | 'block';
  readonly reviews: readonly Review[];
}

export function ConfirmDialog({
  question,
  onConfirm,
  onClose,
}: {
  question: Question | null;
  onConfirm: (question: Question) => void;
  onClose: () => void;
}) {
  return (
    <Modal
      opened={question !== null}
      onClose={onClose}
      title={question !== null && titleOf(question)}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {question !== null && (
        <Stack>
          <Text size="sm">
            {question.act === 'discard' ? t('review.discardHint') : t('review.blockHint')}
          </Text>
          <Group justify="end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button color="red.9" data-autofocus onClick={() => onConfirm(question)}>
              {t(`review.${question.act}`)}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

function titleOf({ act, reviews }: Question): string {
  const count = reviews.length;
  return act === 'discard' ? t('review.discardTitle', { count }) : t('review.blockTitle', { count });
}
