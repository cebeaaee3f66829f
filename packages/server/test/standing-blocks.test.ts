// Shows that a standing block waits for a user outside the window, blocks them with their next message, and
// drops that message.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber, startServer } from './harness.ts';
import { startReceiver } from './receiver.ts';

const spammers = Array.from({ length: 3000 }, (_, index) => String(16_500_000_000 + index));
const note = 'spammed us last month';
const numberPath = `/blockhouse/v1/numbers/${demoNumber}`;

interface Result {
  readonly user: string;
  readonly outcome: string;
  readonly reason?: string;
}

test('of 3,000 users, 40 are blocked immediately and 2,960 with their next message', async (t) => {
  const running = await startServer(t);
  const { call, write, advance } = running;
  const receiver = await startReceiver(t);
  for (let from = 0; from < 3000; from += 1000) await write(...spammers.slice(from, from + 1000));
  await advance('30d');
  await write(...spammers.slice(100, 140));
  await call('PATCH', numberPath, { body: receiver.webhook() });

  const body = { users: spammers, numbers: ['*'], note, when_closed: 'standing' };
  const headers = { 'x-blockhouse-person': 'Eve%20Adams' };
  const answer = await call('POST', '/blockhouse/v1/blocks', { body, headers });
  assert.equal(answer.status, 200);
  const results: Result[] = answer.body.results;
  assert.deepEqual(
    results.map(({ user }) => user),
    spammers,
  );
  const blocked = results.filter(({ outcome }) => outcome === 'blocked').map(({ user }) => user);
  assert.deepEqual(blocked, spammers.slice(100, 140));
  assert.equal(results.filter(({ outcome }) => outcome === 'standing').length, 2960);
  assert.deepEqual(
    [answer.body.run.state, answer.body.run.counts],
    ['done', { blocked: 40, standing: 2960 }],
  );

  for (let from = 0; from < 3000; from += 1000) {
    const { body: outcome } = await write(...spammers.slice(from, from + 1000));
    assert.deepEqual([outcome.admitted.length, outcome.dropped.length], [0, 1000]);
  }
  await write('4930123456');
  await receiver.until(1);
  assert.equal(
    receiver.received[0]?.value.messages[0].from,
    '4930123456',
    'only messages of other users have webhooks',
  );

  assert.equal((await call('GET', `${numberPath}/standing-blocks`)).body.total, 0);
  const list = await call('GET', `${numberPath}/blocks?sort=-blocked_at&limit=1000`);
  assert.equal(list.body.total, 3000);
  const [last] = list.body.data;
  assert.deepEqual(
    [last.wa_id, last.source, last.note, last.person, last.key.name, last.dropped],
    [spammers[2999], 'standing', note, 'Eve Adams', 'Demo', 1],
  );
  const first = (await call('GET', `${numberPath}/blocks?limit=1`)).body.data[0];
  assert.deepEqual([first.wa_id, first.source, first.dropped], [spammers[100], 'api', 1]);
  const triggered = await call('GET', '/blockhouse/v1/activity?source=standing&outcome=done&limit=1000');
  assert.equal(triggered.body.data.length, 1000);
  assert.ok(triggered.body.paging.after);
  const user = await call('GET', `/blockhouse/v1/activity?user=${spammers[0]}`);
  assert.deepEqual(
    user.body.data.map((entry: Result & { operation: string; source: string }) => [
      entry.operation,
      entry.outcome,
      entry.source,
    ]),
    [
      ['block', 'done', 'standing'],
      ['block', 'standing', 'api'],
    ],
  );
});

test('a standing block can be placed, listed, found and withdrawn, and can expire', async (t) => {
  const { call, write, advance, block } = await startServer(t);
  const users = ['16505551234', '14155559876', '4930123456'];
  const until = new Date(Date.now() + 3 * 86_400_000).toISOString();
  const place = (body: object) =>
    call('POST', '/blockhouse/v1/standing-blocks', { body: { numbers: [demoNumber], ...body } });
  const placed = await place({ users: [...users, 'nobody', '15550783881'], note: 'rude', until });
  assert.deepEqual(
    placed.body.results.map(({ outcome, reason }: Result) => reason ?? outcome),
    ['standing', 'standing', 'standing', 'invalid_format', 'self'],
  );
  const list = await call('GET', `${numberPath}/standing-blocks?search=rud&limit=2`);
  assert.deepEqual(
    list.body.data.map((row: { wa_id: string }) => row.wa_id),
    ['4930123456', '14155559876'],
  );
  const rest = await call(
    'GET',
    `${numberPath}/standing-blocks?search=rud&limit=2&after=${list.body.paging.after}`,
  );
  assert.deepEqual(
    rest.body.data.map((row: { until: string }) => row.until),
    [until],
  );
  assert.equal(list.body.total, 3);

  const withdrawn = await call('POST', '/blockhouse/v1/standing-blocks/withdrawals', {
    body: { users: ['16505551234', '16505551234'], numbers: ['*'] },
  });
  assert.deepEqual(
    withdrawn.body.results.map(({ outcome, changed }: Result & { changed: boolean }) => [outcome, changed]),
    [
      ['withdrawn', true],
      ['withdrawn', false],
    ],
  );
  assert.deepEqual((await write('16505551234')).body.admitted.length, 1);
  assert.deepEqual((await write('14155559876')).body.dropped.length, 1);
  await advance('4d');
  assert.equal((await call('GET', `${numberPath}/standing-blocks`)).body.total, 0);
  assert.equal((await write('4930123456')).body.admitted.length, 1, 'an order that is over blocks nobody');
  assert.equal(
    (await write('14155559876')).body.admitted.length,
    1,
    'and the block that came of one has ended, too',
  );
  await block('4930123456');
  assert.equal((await write('4930123456')).body.dropped.length, 1);
});

test('a standing block remains if the list is full, and the activity records it', async (t) => {
  const { call, write } = await startServer(t);
  const full = Array.from({ length: 64_000 }, (_, index) => String(17_000_000_000 + index));
  for (let from = 0; from < 64_000; from += 1000) await write(...full.slice(from, from + 1000));
  const filled = await call('POST', '/blockhouse/v1/blocks', { body: { users: full, numbers: ['*'] } });
  assert.deepEqual(filled.body.run.counts, { blocked: 64_000 });
  const order = { users: ['16505551234'], numbers: ['*'] };
  await call('POST', '/blockhouse/v1/standing-blocks', { body: order });
  assert.equal((await write('16505551234')).body.dropped.length, 1);
  assert.equal((await call('GET', `${numberPath}/standing-blocks`)).body.total, 1);
  const [entry] = (await call('GET', '/blockhouse/v1/activity?source=standing')).body.data;
  assert.equal(entry.outcome, 'list_full');
  await call('POST', '/blockhouse/v1/unblocks', { body: { users: full.slice(0, 1), numbers: ['*'] } });
  assert.equal((await write('16505551234')).body.dropped.length, 1);
  assert.equal((await call('GET', `${numberPath}/standing-blocks`)).body.total, 0);
  assert.equal((await call('GET', `${numberPath}/blocks?search=+1 650 555-1234`)).body.data.length, 1);
});
