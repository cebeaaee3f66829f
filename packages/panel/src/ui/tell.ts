import { notifications } from '@mantine/notifications';
import { wordsOf } from '../api/server.ts';
import { t } from '../messages.ts';

/** Says that something was done. */
export function tell(message: string): void {
  notifications.show({ withBorder: true, message, closeButtonProps: { 'aria-label': t.common.close } });
}

/** Says that something was not done, and why. */
export function tellFailure(error: unknown, title: string = t.common.notDone): void {
  notifications.show({
    withBorder: true,
    color: 'red',
    title,
    message: wordsOf(error),
    autoClose: false,
    closeButtonProps: { 'aria-label': t.common.close },
  });
}
