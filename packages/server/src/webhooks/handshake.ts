import { randomBytes } from 'node:crypto';
import type { WebhookTarget } from '@blockhouse/engine';
import type { ReceiverClient } from './receiver-client.ts';

/**
 * Meta's verification handshake: the receiver must know the verify token and echo the challenge.
 * @returns the expected and the actual value; null: the receiver is the right one.
 */
export async function handshakeProblem(
  client: ReceiverClient,
  { url, verifyToken }: WebhookTarget,
): Promise<string | null> {
  const challenge = randomBytes(8).readBigUInt64BE().toString();
  const target = new URL(url);
  target.searchParams.set('hub.mode', 'subscribe');
  target.searchParams.set('hub.challenge', challenge);
  target.searchParams.set('hub.verify_token', verifyToken);
  const expected = 'the handshake expects status 200 with the bare hub.challenge as the body';
  try {
    const { status, text } = await client.ask(target.href, { method: 'GET' });
    if (status !== 200) return `${expected}, and got status ${status}`;
    if (text.trim() !== challenge) return `${expected}, and got another body`;
    return null;
  } catch (error) {
    return `${expected}, and got none: ${(error as Error).message}`;
  }
}
