import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { type Answer, demoNumber, type Running } from '../harness.ts';
import { metaAppSecret } from './gateway.ts';

/** The demo number's account at Meta. */
export const waba = '102290129340398';

/** A webhook as Meta writes it, about one number. */
export function metaWebhook(value: object, { number = demoNumber, field = 'messages' } = {}): string {
  const metadata = { display_phone_number: '15550783881', phone_number_id: number };
  const change = { value: { messaging_product: 'whatsapp', metadata, ...value }, field };
  return JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: waba, changes: [change] }] });
}

/** A message in a webhook, of now unless the test says otherwise. */
export function metaMessage(from: string, id: string, more: object = {}) {
  return { from, id, timestamp: metaTime(), type: 'text', text: { body: 'hello' }, ...more };
}

/** A time as Meta writes it: whole seconds. */
export function metaTime(atMs = Date.now()): string {
  return String(Math.floor(atMs / 1000));
}

export function hubSignature(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** Sends the bytes of a webhook to a gateway, signed as Meta signs them unless the test says otherwise. */
export async function postMetaWebhook(
  { call }: Running,
  body: string,
  { secret = metaAppSecret, signature = hubSignature(body, secret) } = {},
): Promise<Answer> {
  return await call('POST', '/webhooks/meta', {
    key: null,
    body,
    headers: { 'x-hub-signature-256': signature },
  });
}

/** Delivers a webhook of Meta's to a gateway, which accepts it. */
export async function deliverMetaWebhook(
  gateway: Running,
  value: object,
  options: { number?: string; field?: string } = {},
): Promise<void> {
  const { status, body } = await postMetaWebhook(gateway, metaWebhook(value, options));
  assert.equal(status, 200, JSON.stringify(body));
}
