import type { Clock, KeyRecord, Store } from '@blockhouse/engine';
import { hashToken, newKeyId, newToken } from './api-keys.ts';

/** Adds an admin key if the store has none. Returns its token, or null if there is an admin key already. */
export async function prepareFirstAdminKey(store: Store, clock: Clock): Promise<string | null> {
  if (await hasAdminKey(store, clock)) return null;
  const token = newToken('live');
  await store.addKey(adminKeyRecord(newKeyId(), 'First admin', token, clock()));
  return token;
}

/** Whether the store has an admin key that has not expired. */
export async function hasAdminKey(store: Store, clock: Clock): Promise<boolean> {
  const nowMs = clock();
  return (await store.keys()).some(
    ({ role, expiresAtMs }) => role === 'admin' && (expiresAtMs === null || expiresAtMs > nowMs),
  );
}

export function adminKeyRecord(id: string, name: string, token: string, createdAtMs: number): KeyRecord {
  return { id, hash: hashToken(token), name, role: 'admin', numbers: '*', createdAtMs, expiresAtMs: null };
}
