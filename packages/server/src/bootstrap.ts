import { createHmac, randomBytes } from 'node:crypto';
import {
  type Clock,
  type KeyRecord,
  type NumberRecord,
  nextVersion,
  type Store,
  type StoreState,
} from '@blockhouse/engine';
import { hashToken, newKeyId, newToken } from './auth/api-keys.ts';

/** Under which name the store keeps the secret of business-scoped user IDs. */
export const userIdSecret = 'user_id_secret';

/** The installation's secret, made at the first start: business-scoped user IDs hang on it. */
export async function loadSecret(store: Store): Promise<Buffer> {
  const fresh = randomBytes(32).toString('base64');
  return Buffer.from(await store.changeSetting(userIdSecret, (saved) => saved ?? fresh), 'base64');
}

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

/** What a sandbox is reset to: the demo number and nobody. Numbers that live at Meta are no part of it, and stay. */
export function resetState(staying: readonly NumberRecord[], clock: Clock): StoreState {
  const { id, waId } = demoNumber;
  const isTaken = staying.some((record) => record.id === id || record.waId === waId);
  return isTaken ? { names: [], users: [], numbers: [] } : firstState(clock);
}

function firstState(clock: Clock): StoreState {
  const record = { ...demoNumber, createdAtMs: clock() };
  const listVersion = nextVersion(0, record.createdAtMs, record.waId);
  return { names: [], users: [], numbers: [{ record, listVersion, blocks: [], standing: [], windows: [] }] };
}

/** What the sandbox's banner names; null: somebody has removed it. */
export interface Demo {
  readonly number: NumberRecord | null;
  readonly key: string | null;
}

/**
 * The sandbox's demo number and key. The key is derived from a secret of the installation, so that every start can show
 * the same one although only its hash is stored. The number is made once; the key comes back when no admin key is left.
 */
export async function prepareDemo(store: Store, clock: Clock): Promise<Demo> {
  const fresh = randomBytes(32).toString('base64');
  const isFirstStart = (await store.setting('demo_secret')) === null;
  // A store that was used without the sandbox keeps what it has: the demo number only joins it. It is made before the secret, so
  // that whoever starts at the same time and finds the one finds the other.
  if (isFirstStart && (await store.number(demoNumber.id)) === null) {
    const put = { ...demoNumber, createdAtMs: clock() };
    await store.changeNumbers(() => ({ put }));
  }
  const secret = await store.changeSetting('demo_secret', (saved) => saved ?? fresh);
  const key = `pk_test_${createHmac('sha256', secret).update('demo key').digest('base64url')}`;
  if (!(await hasAdmin(store, clock))) await store.addKey(adminKey('key_demo', 'Demo', key, clock()));
  return {
    number: await store.number(demoNumber.id),
    key: (await store.keyByHash(hashToken(key))) === null ? null : key,
  };
}

/** An admin key for a server that would otherwise have none: answers the token, or null when there is one already. */
export async function prepareFirstKey(store: Store, clock: Clock): Promise<string | null> {
  if (await hasAdmin(store, clock)) return null;
  const token = newToken('live');
  await store.addKey(adminKey(newKeyId(), 'First admin', token, clock()));
  return token;
}

async function hasAdmin(store: Store, clock: Clock): Promise<boolean> {
  const nowMs = clock();
  return (await store.keys()).some(
    ({ role, expiresAtMs }) => role === 'admin' && (expiresAtMs === null || expiresAtMs > nowMs),
  );
}

function adminKey(id: string, name: string, token: string, createdAtMs: number): KeyRecord {
  return { id, hash: hashToken(token), name, role: 'admin', numbers: '*', createdAtMs, expiresAtMs: null };
}
