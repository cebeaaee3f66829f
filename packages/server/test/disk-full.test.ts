// Shows that a full disk causes error 139103 without the cause, and that the server works again after space
// is freed.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createServer, readConfig } from '@blockhouse/server';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { openDatabase } from '../src/stores/sqlite/open.ts';
import { SqliteStore } from '../src/stores/sqlite/store.ts';
import { blockBody, demoNumber } from './harness.ts';

test('a full disk causes error 139103, and blocks are stored again after space is freed', async (t) => {
  const folder = tempFolder(t);
  const opened = openDatabase(join(folder, 'db'));
  const config = readConfig(
    { PORT: '0', BLOCKHOUSE_LOG: 'silent', BLOCKHOUSE_RATE_LIMIT: 'off' },
    { sandbox: true },
  );
  const server = await createServer(config, { store: new SqliteStore(opened) });
  t.after(async () => {
    await server.close();
  });
  const url = await server.listen();
  const post = async (path: string, body: object) => {
    const headers = { 'x-api-key': server.demoKey ?? '', 'content-type': 'application/json' };
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, text: await response.text() };
  };
  const users = Array.from({ length: 1000 }, (_, index) => String(16_500_000_000 + index));
  const block = () => post(`/${demoNumber}/block_users`, blockBody(...users));
  const write = () =>
    post(`/blockhouse/v1/numbers/${demoNumber}/inbound`, { messages: users.map((from) => ({ from })) });
  assert.equal((await write()).status, 200);

  opened.db.exec('pragma max_page_count = 1');
  const refused = await block();
  assert.equal(refused.status, 500);
  assert.match(refused.text, /"code":139103/);
  assert.ok(!/full|sqlite|disk/i.test(refused.text), refused.text);
  const list = await fetch(`${url}/${demoNumber}/block_users`, {
    headers: { 'x-api-key': server.demoKey ?? '' },
  });
  assert.deepEqual(await list.json(), { data: [] });

  opened.db.exec('pragma max_page_count = 1000000');
  const { status, text } = await block();
  assert.deepEqual([status, JSON.parse(text).block_users.added_users.length], [200, 1000]);
});
