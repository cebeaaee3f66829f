// Shows the life of a block: refused outside the window, blocked inside it, messages dropped, and unblocked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber, startServer } from './harness.ts';

const user = '16505551234';

test('a user is refused before they write, blocked after it, and unblocked at any time', async (t) => {
  const { block, unblock, call, advance } = await startServer(t);
  const write = () => call('POST', `/sandbox/users/${user}/messages`, { body: { text: 'buy gold' } });
  const look = async () => (await call('GET', `/sandbox/users/${user}`)).body.numbers[demoNumber];
  const send = (type: string) =>
    call('POST', `/${demoNumber}/messages`, { body: { messaging_product: 'whatsapp', to: user, type } });
  const reason = async () => (await block(user)).body.block_users.failed_users?.[0].errors[0].code;

  assert.equal(await reason(), 131047);
  assert.equal((await write()).body.status, 'delivered');
  const opened = await look();
  assert.deepEqual([opened.online, opened.ticks], [true, 2]);
  assert.equal(await reason(), undefined);

  await advance('1h');
  assert.equal((await write()).body.status, 'sent');
  assert.deepEqual(await look(), { ...opened, online: false, ticks: 1 });
  for (const type of ['text', 'template']) {
    const { status, body } = await send(type);
    assert.deepEqual([status, body.error.code], [400, 130403]);
  }

  await advance('24h');
  assert.equal((await unblock(user)).body.block_users.removed_users[0].wa_id, user);
  assert.equal((await look()).online, true);
  assert.equal((await send('text')).status, 200);
  assert.equal(await reason(), 131047);
  assert.equal((await unblock(user)).body.block_users.removed_users[0].wa_id, user);

  assert.equal((await write()).body.status, 'delivered');
  assert.equal(await reason(), undefined);
});

test('the inbound endpoint reports for each of up to 1,000 messages whether it was admitted or dropped', async (t) => {
  const { block, call } = await startServer(t);
  const path = `/blockhouse/v1/numbers/${demoNumber}/inbound`;
  const value = (count: number) => ({
    messaging_product: 'whatsapp',
    contacts: [{ wa_id: user, profile: { name: 'Ana' } }],
    messages: Array.from({ length: count }, (_, index) => ({
      from: index % 2 === 0 ? user : '14155559876',
      id: `m${index}`,
      timestamp: '1737679688',
      type: 'text',
      text: { body: 'hi' },
    })),
  });
  const free = await call('POST', path, { body: value(4) });
  assert.deepEqual(free.body, { admitted: ['m0', 'm1', 'm2', 'm3'], dropped: [], held: [] });
  await block(user);
  assert.deepEqual((await call('POST', path, { body: value(4) })).body, {
    admitted: ['m1', 'm3'],
    dropped: ['m0', 'm2'],
    held: [],
  });
  const many = await call('POST', path, { body: value(1000) });
  assert.deepEqual([many.body.admitted.length, many.body.dropped.length], [500, 500]);
  const tooMany = await call('POST', path, { body: value(1001) });
  assert.deepEqual([tooMany.status, tooMany.body.error.code], [400, 100]);
  assert.match(tooMany.body.error.message, /messages/);
  const unnamed = await call('POST', path, { body: { messages: [{ from: user }, { from: '14155559876' }] } });
  assert.match(unnamed.body.admitted[0], /^wamid\./);
  assert.match(unnamed.body.dropped[0], /^wamid\./);
});
