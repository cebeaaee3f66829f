// Shows that cached access ends with any change of keys or numbers, and when its key expires.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyRecord, NumberRecord } from '@blockhouse/engine';
import { AccessCache } from '../src/auth/access-cache.ts';

const number = { id: '1' } as NumberRecord;
const key = { id: 'key_1', expiresAtMs: 1000 } as KeyRecord;

function start(version: number | null = 1) {
  const store = { accessVersion: version };
  let nowMs = 0;
  const cache = new AccessCache(store, () => nowMs);
  return { store, cache, goTo: (ms: number) => (nowMs = ms) };
}

test('an entry is found only by its own token and number', () => {
  const { cache } = start();
  cache.put('token', { key, number }, 1);
  assert.deepEqual(cache.get('token', '1'), { key, number });
  assert.equal(cache.get('token', '2'), null);
  assert.equal(cache.get('other', '1'), null);
});

test('a change of keys or numbers invalidates all entries', () => {
  const { store, cache } = start();
  cache.put('token', { key, number }, 1);
  store.accessVersion = 2;
  assert.equal(cache.get('token', '1'), null);
  cache.put('other', { key, number }, 2);
  assert.equal(cache.get('token', '1'), null, 'it does not come back with the next entry');
});

test('an entry that was read before a change is not cached', () => {
  const { store, cache } = start();
  const { version } = cache;
  store.accessVersion = 2;
  cache.put('token', { key, number }, version);
  assert.equal(cache.get('token', '1'), null);
});

test('an entry is not returned after its key expires', () => {
  const { cache, goTo } = start();
  cache.put('token', { key, number }, 1);
  goTo(999);
  assert.notEqual(cache.get('token', '1'), null);
  goTo(1000);
  assert.equal(cache.get('token', '1'), null);
});

test('nothing is cached if other processes share the store', () => {
  const { cache } = start(null);
  cache.put('token', { key, number }, null);
  assert.equal(cache.get('token', '1'), null);
});
