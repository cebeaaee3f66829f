import { createHmac } from 'node:crypto';

/** The header `X-Hub-Signature-256` of a webhook. It proves that the body comes from the owner of the app secret. */
export function signatureOf(body: string | Buffer, appSecret: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;
}
