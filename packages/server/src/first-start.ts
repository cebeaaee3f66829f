import { createHmac, randomBytes } from 'node:crypto';
import type { Clock, NumberRecord, Store } from '@blockhouse/engine';
import { hashToken, newKeyId, newToken } from './keys.ts';

const secretName = 'user_id_secret';

/** The installation's secret, made at the first start: business-scoped user IDs hang on it. */
export async function loadSecret(store: Store): Promise<Buffer> {
  const saved = await store.setting(secretName);
  if (saved !== null) return Buffer.from(saved, 'base64');
  const secret = randomBytes(32);
  await store.putSetting(secretName, secret.toString('base64'));
  return secret;
}

/** The number of Meta's own samples. */
const demoNumber: Omit<NumberRecord, 'createdAtMs'> = {
  id: '106540352242922',
  waId: 15550783881,
  displayPhoneNumber: '+1 555 078 3881',
  verifiedName: 'Blockhouse Demo',
  wabaId: '102290129340398',
  portfolioId: 'default',
};

/** What the sandbox's banner names. */
export interface Demo {
  readonly number: NumberRecord;
  readonly key: string;
}

/**
 * The sandbox's demo number and key. The key is derived from the installation's secret, so that every start can show
 * the same one although only its hash is stored. Neither comes back by itself after it was removed.
 */
export async function prepareDemo(store: Store, clock: Clock, secret: Buffer): Promise<Demo> {
  const key = `pk_test_${createHmac('sha256', secret).update('demo key').digest('base64url')}`;
  const number = { ...demoNumber, createdAtMs: clock() };
  if ((await store.setting('demo')) === null) {
    await store.putNumber(number);
    await store.addKey({
      id: 'key_demo',
      hash: hashToken(key),
      name: 'Demo',
      role: 'admin',
      numbers: '*',
      createdAtMs: clock(),
      expiresAtMs: null,
    });
    await store.putSetting('demo', 'made');
  }
  return { number: (await store.number(demoNumber.id)) ?? number, key };
}

/** An admin key for a server that would otherwise have none: answers the token, or null when there are keys already. */
export async function prepareFirstKey(store: Store, clock: Clock): Promise<string | null> {
  if ((await store.keys()).length > 0) return null;
  const token = newToken('live');
  await store.addKey({
    id: newKeyId(),
    hash: hashToken(token),
    name: 'First admin',
    role: 'admin',
    numbers: '*',
    createdAtMs: clock(),
    expiresAtMs: null,
  });
  return token;
}
