// Shows that kill -9 in the middle of a load loses nothing that was acknowledged and leaves nothing half-applied.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { blockBody, demoNumber } from './harness.ts';
import { startProcess } from './process.ts';
import { testStoreUrl } from './test-store.ts';

const rounds = 3;
const usersPerRequest = 20;

test('kill -9 during load', async (t) => {
  const folder = tempFolder(t);
  const env = { BLOCKHOUSE_STORE: testStoreUrl(join(folder, 'db')), BLOCKHOUSE_RATE_LIMIT: 'off' };
  const acknowledged: string[][] = [];
  const sent: string[][] = [];
  let nextUser = 16_500_000_000;

  for (let round = 0; round < rounds; round++) {
    const server = await startProcess({ env });
    const key = /pk_test_[\w-]{43}/.exec(server.banner)?.[0] ?? '';
    const post = async (path: string, body: object) => {
      const headers = { 'x-api-key': key, 'content-type': 'application/json' };
      const response = await fetch(server.url + path, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      return {
        status: response.status,
        body: (await response.json()) as { block_users: { added_users: object[] } },
      };
    };
    const goal = acknowledged.length + 40;
    const client = async () => {
      while (true) {
        const users = Array.from({ length: usersPerRequest }, () => String(nextUser++));
        await post(`/blockhouse/v1/numbers/${demoNumber}/inbound`, {
          messages: users.map((from) => ({ from })),
        });
        sent.push(users);
        const { status, body } = await post(`/${demoNumber}/block_users`, blockBody(...users));
        assert.deepEqual([status, body.block_users.added_users.length], [200, usersPerRequest]);
        acknowledged.push(users);
        if (acknowledged.length === goal) server.child.kill('SIGKILL');
      }
    };
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, client));
    // Every client goes on until its connection breaks; an assertion that failed is no broken connection.
    for (const outcome of outcomes) {
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof TypeError, String(outcome));
    }
    assert.equal((await server.end('SIGKILL')).signal, 'SIGKILL');

    const listed = await readList(env);
    for (const users of acknowledged)
      for (const user of users) assert.ok(listed.has(user), `${user} is lost`);
    for (const users of sent) {
      const count = users.filter((user) => listed.has(user)).length;
      assert.ok(
        count === 0 || count === usersPerRequest,
        `a request is half-applied: ${count} of ${usersPerRequest}`,
      );
    }
  }
});

/** Starts the server again on the same file, reads the whole list, and stops it in order. */
async function readList(env: Readonly<Record<string, string>>): Promise<Set<string>> {
  const server = await startProcess({ env });
  const key = /pk_test_[\w-]{43}/.exec(server.banner)?.[0] ?? '';
  const listed = new Set<string>();
  let next: string | undefined = `${server.url}/${demoNumber}/block_users?limit=1000`;
  while (next !== undefined) {
    const response = await fetch(next, { headers: { 'x-api-key': key } });
    const page = (await response.json()) as { data: { wa_id: string }[]; paging?: { next?: string } };
    for (const { wa_id } of page.data) listed.add(wa_id);
    next = page.paging?.next;
  }
  await server.end('SIGTERM');
  return listed;
}
