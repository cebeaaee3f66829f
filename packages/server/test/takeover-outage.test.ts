// Shows that the work of a dead process is taken over, even if the store fails at that time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreUnavailable } from '@blockhouse/engine';
import { createServer, readConfig } from '@blockhouse/server';
import { openSqliteStore } from '../src/stores/sqlite/store.ts';

test('a takeover that fails in an outage is retried until it succeeds', async (t) => {
  const inner = openSqliteStore(':memory:');
  let takeOver = () => {};
  let failures = 0;
  let succeeded = () => {};
  const done = new Promise<void>((resolve) => {
    succeeded = resolve;
  });
  const store = new Proxy(inner, {
    get(target, name) {
      if (name === 'onTakeover') return (listener: () => void) => (takeOver = listener);
      if (name === 'numbers' && failures > 0) {
        return () => {
          failures--;
          if (failures === 0) succeeded();
          return Promise.reject(new StoreUnavailable('the database does not answer'));
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const environment = { PORT: '0', BLOCKHOUSE_STORE: 'sqlite::memory:', BLOCKHOUSE_LOG: 'silent' };
  const server = await createServer(readConfig(environment, { sandbox: true }), { store });
  t.after(() => server.close());
  await server.listen();
  // Each part of a round reads the numbers once, so the outage ends in the second round.
  failures = 4;
  takeOver();
  await done;
  assert.equal(failures, 0);
});
