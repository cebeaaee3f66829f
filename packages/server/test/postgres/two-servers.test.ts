// Shows two servers over one database: they agree immediately on blocks, keys, numbers, rates and the clock, in a
// recorded history.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber } from '../harness.ts';
import { freshSchema, postgres } from '../stores/postgres.ts';
import { eventually } from '../waiting.ts';
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

test('auto-block rules on two servers: every message is counted once, and a sender is blocked once', async (t) => {
  const members = await startMembers(t, await freshStore());
  const [one, other] = members;
  assert.ok(one && other);
  const rules = [
    { name: 'Loans', when: { text: { words: ['loan'] } }, action: { type: 'block' }, blocks_per_hour: 1000 },
    { name: 'Bets', when: { text: { words: ['bet'] } }, action: { type: 'hold' } },
  ].map((rule) => ({ ...rule, mode: 'enforce' }));
  assert.equal((await one.call('PUT', '/blockhouse/v1/rules', { rules })).status, 200);
  const own = `/blockhouse/v1/numbers/${demoNumber}`;
  const counts = { admitted: 0, dropped: 0, held: 0 };
  const write = async (member: (typeof members)[number], from: number, body: string): Promise<number> => {
    const messages = [{ from: String(from), type: 'text', text: { body } }];
    const answer = await member.call('POST', `${own}/inbound`, { messages });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    for (const kind of ['admitted', 'dropped', 'held'] as const) counts[kind] += answer.body[kind].length;
    return answer.body.held.length;
  };
  let sent = 0;
  await eventually('the other server knows the rules', async () => {
    sent++;
    return (await write(other, 16_600_000_000 + sent, 'a bet')) === 1;
  });
  // Each user writes the same at both servers at the same time.
  const texts = ['hello', 'a loan', 'a bet'];
  await Promise.all(
    Array.from({ length: 90 }, async (_, nth) => {
      const text = texts[nth % texts.length] ?? '';
      sent += members.length;
      await Promise.all(members.map((member) => write(member, 16_500_000_000 + nth, text)));
    }),
  );
  const { body: traffic } = await other.call('GET', `${own}/traffic`);
  const counted = { admitted: 0, dropped: 0, held: 0 };
  for (const hour of traffic.data)
    for (const kind of ['admitted', 'dropped', 'held'] as const) counted[kind] += hour[kind];
  assert.deepEqual(counted, counts);
  assert.equal(counts.admitted + counts.dropped + counts.held, sent);
  assert.equal((await one.call('GET', `${own}/blocks?limit=1`)).body.total, 30);
  const { body } = await one.call('GET', '/blockhouse/v1/rules');
  assert.deepEqual(
    body.data[0].last_24_hours,
    { matched: 30, acted: 30 },
    'the second message is of a blocked user',
  );
});
