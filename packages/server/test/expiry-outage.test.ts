// Shows that a block that expires during a store outage of any length ends after the outage.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type Store, StoreUnavailable } from '@blockhouse/engine';
import { pino } from 'pino';
import { Vault } from '../src/auth/secret-vault.ts';
import { AutoBlock } from '../src/auto-block/auto-block.ts';
import { MessageArchive } from '../src/auto-block/message-archive.ts';
import { RuleBook } from '../src/auto-block/rule-book.ts';
import { ExpiryScheduler } from '../src/blocklists/expiry-scheduler.ts';
import { LocalPlatform } from '../src/blocklists/local.ts';
import type { Platforms } from '../src/blocklists/platforms.ts';
import { openSqliteStore } from '../src/stores/sqlite/store.ts';
import { UserDirectory } from '../src/users/directory.ts';
import { UserIdIssuer } from '../src/users/user-ids.ts';
import { numberRecord, startMs, write } from './stores/store-suite.ts';

const ana = 16505551234;
const ids = ['1', '2', '3'];

/** A store that can fail: it then rejects every call and counts it. */
function failingStore(inner: Store) {
  const state = { isDown: false, refused: 0 };
  const store = new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        if (state.isDown) {
          state.refused++;
          return Promise.reject(new StoreUnavailable('the database does not answer'));
        }
        return Reflect.apply(value, target, given) as unknown;
      };
    },
  });
  return { store, state };
}

/** Numbers with one block each, which expires a second after the start. */
async function start(t: TestContext) {
  const inner = openSqliteStore(':memory:');
  const { store, state } = failingStore(inner);
  let nowMs = startMs;
  const clock = () => nowMs;
  const log = pino({ level: 'silent' });
  const archive = new MessageArchive({ store, clock, vault: new Vault([]), retentionMs: null, log });
  const local = new LocalPlatform({
    store,
    clock,
    names: new UserDirectory({
      issuer: new UserIdIssuer(Buffer.alloc(32)),
      store,
      sandbox: false,
      onMove: async () => {},
    }),
    sandbox: false,
    notifying: {
      message: () => '',
      status: () => '',
      numberChange: () => '',
      wake: () => {},
      ends: (id) => expiries.wake(id),
    },
    autoBlock: new AutoBlock({ book: new RuleBook(store), store, onMatch: () => {} }),
    archive,
  });
  const expiries: ExpiryScheduler = new ExpiryScheduler({
    platforms: { of: () => local } as unknown as Platforms,
    store,
    clock,
    archive,
    log,
    retentionMs: null,
    wakeDelivery: () => {},
  });
  t.after(async () => {
    await expiries.close();
    await inner.close();
  });
  const actor = { keyId: 'key_a', person: null, source: 'api' } as const;
  const target = { input: String(ana), ref: { kind: 'user', waId: ana, by: 'phone' } } as const;
  for (const [index, id] of ids.entries()) {
    await inner.changeNumbers(() => ({ put: numberRecord({ id, waId: 15550000000 + index }) }));
    await write(inner, id, [ana], startMs);
    const terms = { untilMs: startMs + 1000 };
    await local.change({ operation: 'block', numberId: id, actor, terms }, [target]);
  }
  t.mock.timers.enable({ apis: ['setTimeout'] });
  await expiries.lookAll();
  /** Advances the timers, and waits for the work that they start. */
  const pass = async (ms: number) => {
    nowMs += ms;
    t.mock.timers.tick(ms);
    for (let turns = 0; turns < 20; turns++) await turn();
  };
  const blocked = async () => {
    const sizes = await Promise.all(ids.map(async (id) => (await inner.facts(id, [])).blocklist.size));
    return sizes.reduce((sum, size) => sum + size, 0);
  };
  return { state, pass, blocked };
}

test('every expired block ends after an outage of an hour', async (t) => {
  const { state, pass, blocked } = await start(t);
  assert.equal(await blocked(), 3);
  state.isDown = true;
  for (let minute = 0; minute < 60; minute++) await pass(60_000);
  assert.equal(await blocked(), 3);
  assert.ok(state.refused <= 3 * 130, `each number asks for itself, about once a minute: ${state.refused}`);
  state.isDown = false;
  await pass(60_000);
  assert.equal(await blocked(), 0);
});
