import { isAmbiguous } from '@blockhouse/client';
import { notifications } from '@mantine/notifications';
import { wordsOf } from '../api/server.ts';
import { t } from '../i18n/messages.ts';

/** Says that something was done. */
export function notify(message: string): void {
  notifications.show({ withBorder: true, message, closeButtonProps: { 'aria-label': t('common.close') } });
}

/** Says that something was not done, or that nobody knows whether it was, and why. */
export function notifyFailure(error: unknown, title?: string): void {
  const usual = isAmbiguous(error) ? t('common.notKnown') : t('common.notDone');
  notifications.show({
    withBorder: true,
    color: 'red',
    title: title ?? usual,
    message: wordsOf(error),
    autoClose: false,
    closeButtonProps: { 'aria-label': t('common.close') },
  });
}
