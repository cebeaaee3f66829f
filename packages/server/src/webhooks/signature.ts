import { createHmac } from 'node:crypto';

/** `X-Hub-Signature-256`: proves to the receiver that the body is ours and unchanged. */
export function signatureOf(body: string, appSecret: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;
}
