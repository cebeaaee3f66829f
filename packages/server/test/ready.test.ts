// Shows that the readiness probe returns 503 with the reason while writes fail, and that probes rarely write.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createServer, readConfig } from '@blockhouse/server';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { openDatabase } from '../src/stores/sqlite/open.ts';
import { SqliteStore } from '../src/stores/sqlite/store.ts';
import { WriteHealth } from '../src/stores/sqlite/write-health.ts';

/** A server with a database that the test breaks. After a failed write, every probe attempts a write. */
async function start(t: TestContext) {
  const opened = openDatabase(join(tempFolder(t), 'db'));
  const disk = { isLost: false };
  const sync = () => (disk.isLost ? Promise.reject(new Error('input/output error')) : opened.sync());
  const store = new SqliteStore({ ...opened, sync }, { checkEveryMs: 0 });
  const config = readConfig({ PORT: '0', BLOCKHOUSE_LOG: 'silent' }, { sandbox: true });
  const server = await createServer(config, { store });
  t.after(() => server.close());
  const url = await server.listen();
  return {
    store,
    disk,
    exec: (sql: string) => opened.db.exec(sql),
    async probe() {
      const response = await fetch(`${url}/readyz`);
      const body = (await response.json()) as {
        status?: string;
        error?: { error_data: { details: string } };
      };
      return [response.status, body.status ?? body.error?.error_data.details];
    },
  };
}

const write = (store: SqliteStore) => store.changeSetting('a', () => 'x'.repeat(100_000));

for (const { what, fail, repair, details } of [
  {
    what: 'a full disk',
    fail: 'pragma max_page_count = 1',
    repair: 'pragma max_page_count = 1000000',
    details: 'The disk of the database is full.',
  },
  {
    what: 'a read-only disk',
    fail: 'pragma query_only = on',
    repair: 'pragma query_only = off',
    details: 'The disk of the database is read-only.',
  },
]) {
  test(`${what}: not ready after the first failed write, and ready again after the repair`, async (t) => {
    const { store, exec, probe } = await start(t);
    assert.deepEqual(await probe(), [200, 'ready']);
    exec(fail);
    await assert.rejects(write(store));
    assert.deepEqual(await probe(), [503, details]);
    assert.deepEqual(await probe(), [503, details]);
    exec(repair);
    assert.deepEqual(await probe(), [200, 'ready'], 'without any other request');
    await write(store);
  });
}

test('a disk that has lost data: not ready until a restart', async (t) => {
  const { store, disk, probe } = await start(t);
  disk.isLost = true;
  await assert.rejects(write(store), /restart the server/);
  disk.isLost = false;
  const details = 'The disk has lost what was written; restart the server.';
  assert.deepEqual(await probe(), [503, details]);
  assert.deepEqual(await probe(), [503, details]);
});

test('an invalid request does not make the server unready', async (t) => {
  const { store, probe } = await start(t);
  const failed = store.changeSetting('a', () => {
    throw new Error('no');
  });
  await assert.rejects(failed);
  assert.deepEqual(await probe(), [200, 'ready']);
});

test('probes do not write while the store works, and write rarely while it does not', async () => {
  let checks = 0;
  const health = new WriteHealth({
    check() {
      checks++;
      return Promise.reject(Object.assign(new Error('full'), { errcode: 13 }));
    },
  });
  for (let probe = 0; probe < 100; probe++) assert.equal(await health.problem(), null);
  assert.equal(checks, 0);
  health.failed(Object.assign(new Error('full'), { errcode: 13 }));
  const answers = await Promise.all(Array.from({ length: 100 }, () => health.problem()));
  assert.deepEqual([...new Set(answers)], ['The disk of the database is full.']);
  assert.equal(checks, 1);
});
