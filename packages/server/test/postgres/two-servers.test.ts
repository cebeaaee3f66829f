// Shows two servers over one database: they agree immediately on blocks, keys, numbers, rates and the clock, in a
// recorded history.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber } from '../harness.ts';
import { freshSchema, postgres } from '../stores/postgres.ts';
import { type Call, isLinearizable } from './linearizable.ts';
import { startMembers } from './servers.ts';

async function freshStore(): Promise<string> {
  return `${(await postgres()).url}?schema=${freshSchema()}`;
}

test('the check of histories finds what cannot have happened', () => {
  const call = (startedAt: number, endedAt: number, did: Call['did']): Call => ({ startedAt, endedAt, did });
  assert.ok(isLinearizable([call(0, 3, { set: true }), call(1, 2, { saw: false })], false));
  assert.ok(isLinearizable([call(0, 3, { set: true }), call(1, 2, { saw: true })], false));
  assert.ok(!isLinearizable([call(0, 1, { set: true }), call(2, 3, { saw: false })], false));
  assert.ok(
    !isLinearizable(
      [call(0, 5, { set: true }), call(1, 2, { saw: true }), call(3, 4, { saw: false })],
      false,
    ),
  );
});

test('50 clients block, unblock and write to the same users at two servers: linearizable, nothing lost', async (t) => {
  const members = await startMembers(t, await freshStore());
  const [one] = members;
  assert.ok(one);
  const users = Array.from({ length: 12 }, (_, index) => 16_500_000_000 + index);
  await one.write(...users);
  const histories = new Map<number, Call[]>(users.map((user) => [user, []]));
  let turn = 0;
  const client = async (nth: number) => {
    for (let round = 0; round < 12; round++) {
      const member = members[(nth + round) % members.length];
      const user = users[(nth * 7 + round * 5) % users.length] ?? 0;
      const kind = (nth + round * 3) % 5;
      const startedAt = turn++;
      const answer = await (kind === 0
        ? member?.block(user)
        : kind === 1
          ? member?.unblock(user)
          : member?.write(user));
      const endedAt = turn++;
      assert.equal(answer?.status, 200, JSON.stringify(answer?.body));
      const { body } = answer;
      if (kind === 0) assert.equal(body.block_users.added_users.length, 1);
      const did = kind < 2 ? { set: kind === 0 } : { saw: body.dropped.length === 1 };
      histories.get(user)?.push({ startedAt, endedAt, did });
    }
  };
  await Promise.all(Array.from({ length: 50 }, (_, nth) => client(nth)));
  for (const [user, calls] of histories) {
    const { data } = (await one.call('GET', `/${demoNumber}/block_users`)).body as {
      data: { wa_id: string }[];
    };
    const listed = data.some(({ wa_id: waId }) => waId === String(user));
    const ended: Call = { startedAt: turn++, endedAt: turn++, did: { saw: listed } };
    assert.ok(calls.length > 20);
    assert.ok(isLinearizable([...calls, ended], false), `user ${user}: ${JSON.stringify(calls)}`);
  }
});

test('a change that one server acknowledged is in effect at the other', async (t) => {
  const [one, two] = await startMembers(t, await freshStore());
  assert.ok(one && two);
  for (let round = 0; round < 25; round++) {
    const user = 16_500_000_000 + round;
    await one.write(user);
    await one.block(user);
    assert.equal(
      (await two.write(user)).body.dropped.length,
      1,
      'a block acknowledged there, a message here',
    );
    await two.unblock(user);
    assert.equal((await one.write(user)).body.admitted.length, 1);
  }

  const number = { id: '77', display_phone_number: '+49 30 123456' };
  assert.equal((await one.call('POST', '/blockhouse/v1/numbers', number)).status, 201);
  assert.equal((await two.call('GET', '/77/block_users')).status, 200);
  const key = (await two.call('POST', '/blockhouse/v1/keys', { name: 'x', role: 'app', numbers: ['77'] }))
    .body;
  const withKey = () => fetch(`${one.url}/77/block_users`, { headers: { 'x-api-key': key.key } });
  assert.equal((await withKey()).status, 200);
  await two.call('DELETE', `/blockhouse/v1/keys/${key.id}`);
  assert.equal((await withKey()).status, 401, 'a key revoked there opens nothing here');
  await two.call('DELETE', '/blockhouse/v1/numbers/77');
  assert.equal((await one.call('GET', '/77/block_users')).status, 400);

  await one.call('POST', '/sandbox/clock', { freeze: true });
  await one.call('POST', '/sandbox/clock', { advance: '25h' });
  const there = (await one.call('GET', '/sandbox/clock')).body;
  assert.deepEqual((await two.call('GET', '/sandbox/clock')).body, there);
  const { block_users: result } = (await two.block(16_500_000_000)).body;
  assert.equal(result.failed_users.length, 1, 'the window has closed here as well');
});

test('a rate is one for all servers', async (t) => {
  const members = await startMembers(t, await freshStore(), { env: { BLOCKHOUSE_RATE_LIMIT: '10/s' } });
  await members[0]?.call('POST', '/sandbox/clock', { freeze: true });
  const statuses = await Promise.all(
    Array.from({ length: 30 }, async (_, nth) => {
      const answer = await members[nth % 2]?.call('GET', `/${demoNumber}/block_users`);
      return answer?.status;
    }),
  );
  assert.equal(statuses.filter((status) => status === 200).length, 10);
  assert.equal(statuses.filter((status) => status === 429).length, 20);
});

test('servers that start at the same time make one schema, one number and one key', async (t) => {
  const store = await freshStore();
  const started = await Promise.all(Array.from({ length: 4 }, () => startMembers(t, store, { count: 1 })));
  const members = started.flat();
  assert.equal(new Set(members.map(({ key }) => key)).size, 1);
  for (const member of members) {
    assert.equal((await member.call('GET', '/blockhouse/v1/numbers')).body.data.length, 1);
  }
});
