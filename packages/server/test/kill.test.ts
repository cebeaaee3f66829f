// Shows that kill -9 under load loses no acknowledged change and leaves no request partly applied.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { startMember, wholeList } from './process.ts';
import { testStoreUrl } from './test-store.ts';

const rounds = 3;
const usersPerRequest = 20;

test('after kill -9 under load, every acknowledged block is stored, and each request is applied entirely or not at all', async (t) => {
  const store = testStoreUrl(join(tempFolder(t), 'db'));
  const acknowledged: string[][] = [];
  const sent: string[][] = [];
  let nextUser = 16_500_000_000;

  for (let round = 0; round < rounds; round++) {
    const server = await startMember(t, store);
    const goal = acknowledged.length + 40;
    const client = async () => {
      while (true) {
        const users = Array.from({ length: usersPerRequest }, () => String(nextUser++));
        await server.write(...users);
        sent.push(users);
        const { status, body } = await server.block(...users);
        assert.deepEqual([status, body.block_users.added_users.length], [200, usersPerRequest]);
        acknowledged.push(users);
        if (acknowledged.length === goal) server.child.kill('SIGKILL');
      }
    };
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, client));
    // Every client continues until its connection breaks. A failed assertion is not a broken connection.
    for (const outcome of outcomes) {
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof TypeError, String(outcome));
    }
    assert.equal((await server.end('SIGKILL')).signal, 'SIGKILL');

    const again = await startMember(t, store);
    const listed = new Set(await wholeList(again));
    await again.end('SIGTERM');
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
