import { type Somebody, userKey } from '../i18n/format.ts';
import { t } from '../i18n/messages.ts';
import { copyText } from './copy.ts';
import { notify, notifyFailure } from './notify.ts';

/** Copies a phone with its +, or an ID, and says whether the browser allowed it. */
export async function copyUser(user: Somebody): Promise<void> {
  const text = user.waId === null ? userKey(user) : `+${user.waId}`;
  if (await copyText(text)) notify(t('blocked.copied', { text }));
  else notifyFailure(new Error(t('blocked.notCopiedHint', { text })), t('blocked.notCopied'));
}
