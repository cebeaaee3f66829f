import type { NumberRecord, WebhookTarget } from '@blockhouse/engine';
import type { Services } from '../../../services.ts';
import { handshakeProblem } from '../../../webhooks/handshake.ts';
import { invalid, missing } from '../../shared/errors.ts';
import { readReceiverUrl } from '../../shared/receiver-url.ts';
import type { WebhookChange } from './number-schemas.ts';
import { requirePlaintext } from './require-plaintext.ts';

/**
 * Reads a change of a number's receiver, and does the handshake with the receiver.
 * @returns the receiver with encrypted secrets, as the store holds it; null if there is none.
 */
export async function checkWebhook(
  { receivers, vault }: Services,
  number: Pick<NumberRecord, 'id' | 'webhook'>,
  change: WebhookChange | undefined,
): Promise<WebhookTarget | null> {
  if (change === undefined) return number.webhook;
  if (change === null) return null;
  const before = number.webhook === null ? null : vault.decryptWebhook(number, number.webhook);
  const target = changedWebhook(before, change);
  const problem = await handshakeProblem(receivers, target);
  if (problem !== null) throw invalid(`Param webhook.url: ${problem}.`);
  requirePlaintext(vault, 'webhook', [target.appSecret, target.verifyToken]);
  return vault.encryptWebhook(number.id, target);
}

/**
 * Applies a change that was checked to the receiver as it is by then. Another request may have changed the fields that this one
 * leaves out.
 */
export function applyWebhookChange(
  { vault }: Services,
  number: NumberRecord,
  change: WebhookChange | undefined,
  checked: WebhookTarget | null,
): WebhookTarget | null {
  if (change === undefined) return number.webhook;
  if (change === null || checked === null) return null;
  const before = vault.decryptWebhook(number, number.webhook ?? checked);
  return vault.encryptWebhook(number.id, changedWebhook(before, change));
}

function changedWebhook(before: WebhookTarget | null, change: NonNullable<WebhookChange>): WebhookTarget {
  const url = change.url ?? before?.url;
  const appSecret = change.app_secret ?? before?.appSecret;
  const verifyToken = change.verify_token ?? before?.verifyToken;
  if (url === undefined) throw missing('webhook.url');
  if (appSecret === undefined) throw missing('webhook.app_secret');
  if (verifyToken === undefined) throw missing('webhook.verify_token');
  return { url: readReceiverUrl('webhook.url', url), appSecret, verifyToken };
}
