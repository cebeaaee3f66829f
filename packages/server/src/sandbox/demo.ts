import { createHmac, randomBytes } from 'node:crypto';
import { type Clock, type NumberRecord, nextVersion, type Store, type StoreState } from '@blockhouse/engine';
import { hashToken } from '../auth/api-keys.ts';
import { adminKeyRecord, hasAdminKey } from '../auth/first-admin-key.ts';

/** The number of Meta's own samples. */
const demoNumber: Omit<NumberRecord, 'createdAtMs'> = {
  id: '106540352242922',
  waId: 15550783881,
  displayPhoneNumber: '+1 555 078 3881',
  verifiedName: 'Blockhouse Demo',
  wabaId: '102290129340398',
  portfolioId: 'default',
  webhook: null,
  upstream: null,
};

/** The demo of a sandbox. Its number or its key is null after it was removed. */
export interface Demo {
  readonly number: NumberRecord | null;
  readonly key: string | null;
}

/**
 * Prepares the demo number and its key. The store holds only the hash of the key. The key is derived from a
 * secret in the store, so every start can show the same key. The number is created only once. The key is
 * created again if no admin key is left.
 */
export async function prepareDemo(store: Store, clock: Clock): Promise<Demo> {
  const fresh = randomBytes(32).toString('base64');
  const isFirstStart = (await store.setting('demo_secret')) === null;
  // The number is created before the secret, so another process that finds the secret also finds the number.
  if (isFirstStart && (await store.number(demoNumber.id)) === null) {
    const put = { ...demoNumber, createdAtMs: clock() };
    await store.changeNumbers(() => ({ put }));
  }
  const secret = await store.changeSetting('demo_secret', (saved) => saved ?? fresh);
  const key = `pk_test_${createHmac('sha256', secret).update('demo key').digest('base64url')}`;
  if (!(await hasAdminKey(store, clock))) {
    await store.addKey(adminKeyRecord('key_demo', 'Demo', key, clock()));
  }
  return {
    number: await store.number(demoNumber.id),
    key: (await store.keyByHash(hashToken(key))) === null ? null : key,
  };
}

/**
 * The state after a reset: the demo number without users.
 * @param kept the numbers at Meta, which a reset keeps. One of them may use the ID or the phone number of the
 * demo number.
 */
export function resetState(kept: readonly NumberRecord[], clock: Clock): StoreState {
  const { id, waId } = demoNumber;
  if (kept.some((record) => record.id === id || record.waId === waId)) {
    return { names: [], users: [], numbers: [] };
  }
  const record = { ...demoNumber, createdAtMs: clock() };
  const listVersion = nextVersion(0, record.createdAtMs, record.waId);
  return { names: [], users: [], numbers: [{ record, listVersion, blocks: [], standing: [], windows: [] }] };
}
