import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { t } from '../i18n/messages.ts';

let made = 0;
let last: { readonly id: string; readonly undo: () => void } | null = null;

/** Undoes the operation of the newest toast. Bound to Ctrl+Z as well: a toast is far away in the tab order. */
export function undoLast(): void {
  const taken = last;
  if (!taken) return;
  last = null;
  notifications.hide(taken.id);
  taken.undo();
}

export function tellWithUndo(message: string, undo: () => void): void {
  // Not crypto.randomUUID(), which pages have over https alone.
  const id = `undo-${++made}`;
  let isDone = false;
  const once = () => {
    if (isDone) return;
    isDone = true;
    undo();
  };
  const entry = { id, undo: once };
  last = entry;
  notifications.show({
    id,
    withBorder: true,
    closeButtonProps: { 'aria-label': t('common.close') },
    onClose: () => {
      if (last === entry) last = null;
    },
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{message}</Text>
        <Button
          size="compact-sm"
          variant="default"
          aria-keyshortcuts="Control+Z Meta+Z"
          onClick={() => {
            last = entry;
            undoLast();
          }}
        >
          {t('blocked.undo')}
        </Button>
      </Group>
    ),
  });
}
