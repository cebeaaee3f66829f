// Shows the sandbox: users and their phones, magic users, and the clock; and that a server without it has
// none of them.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { adminKey, demoNumber, startServer } from './harness.ts';
import { testStore } from './test-store.ts';

const user = '16505551234';

test('a user is a consumer by default, and a change keeps omitted fields', async (t) => {
  const { call } = await startServer(t);
  const { body: unlisted } = await call('GET', `/sandbox/users/${user}`);
  const { user_id } = unlisted.numbers[demoNumber];
  assert.deepEqual(unlisted, {
    wa_id: user,
    kind: 'consumer',
    name: null,
    username: null,
    hide_phone: false,
    dialed_as: [],
    numbers: { [demoNumber]: { online: true, user_id, window_closes_at: null, ticks: 0 } },
  });
  await call('PUT', `/sandbox/users/${user}`, { body: { name: 'Ana', username: '@ana', hide_phone: true } });
  const { body } = await call('PUT', `/sandbox/users/${user_id}`, {
    body: { kind: 'business', username: null },
  });
  assert.deepEqual([body.kind, body.name, body.username, body.hide_phone], ['business', 'Ana', null, true]);
});

test('a user writes to a number by ID or phone, and must name the number if there are several', async (t) => {
  const { call } = await startServer(t);
  const write = (body: object) => call('POST', `/sandbox/users/${user}/messages`, { body });
  assert.match((await write({ text: 'a' })).body.id, /^wamid\./);
  await call('POST', '/blockhouse/v1/numbers', { body: { display_phone_number: '+1 555 078 3882' } });
  assert.match((await write({ text: 'a' })).body.error.message, /Param to must say which of 2 numbers/);
  assert.equal((await write({ text: 'a', to: demoNumber })).body.status, 'delivered');
  assert.equal(
    (await write({ to: '+1 555 078 3882', message: { type: 'reaction', reaction: {} } })).body.status,
    'delivered',
  );
  const { numbers } = (await call('GET', `/sandbox/users/${user}`)).body;
  assert.ok(Object.values(numbers).every((number) => (number as { ticks: number }).ticks === 2));
});

test('magic users behave as documented', async (t) => {
  const { block, write, call } = await startServer(t);
  const magic = (last: number) => `1555010000${last}`;
  await write(magic(2), magic(3));
  const codes = async (last: number) => {
    const { body } = await block(magic(last));
    return body.block_users?.failed_users?.[0].errors[0] ?? body.error?.code;
  };
  assert.equal(await codes(1), undefined);
  assert.match((await codes(2)).error_data.details, /24 hours/);
  assert.match((await codes(3)).error_data.details, /Business account/);
  assert.match((await codes(4)).error_data.details, /not a valid WhatsApp user/);
  const { status, body } = await block(user, magic(5));
  assert.deepEqual([status, body.error.code, body.error.is_transient], [500, 139103, true]);
  assert.equal((await call('GET', `/sandbox/users/${magic(4)}`)).body.kind, 'none');
  const toNobody = { messaging_product: 'whatsapp', to: magic(5), type: 'text' };
  assert.equal((await call('POST', `/${demoNumber}/messages`, { body: toNobody })).status, 500);
});

test('the clock can be advanced, set, frozen, and returned to real time', async (t) => {
  const { call, advance } = await startServer(t);
  const now = async () => Date.parse((await call('GET', '/sandbox/clock')).body.now);
  assert.equal((await call('GET', '/sandbox/clock')).body.mode, 'real');
  await advance('25h');
  assert.ok((await now()) >= Date.now() + 25 * 3_600_000 - 1000);
  const { body: set } = await call('POST', '/sandbox/clock', { body: { set: '2027-01-01T00:00:00+01:00' } });
  assert.equal(set.mode, 'offset');
  assert.ok(set.now.startsWith('2026-12-31T23:00:0'));
  const { body: frozen } = await call('POST', '/sandbox/clock', { body: { freeze: true } });
  assert.equal(frozen.mode, 'frozen');
  assert.equal(await now(), Date.parse(frozen.now));
  await advance('10ms');
  assert.equal(await now(), Date.parse(frozen.now) + 10);
  assert.equal((await call('DELETE', '/sandbox/clock')).body.mode, 'real');
});

test('the clock, the users, and the demo key survive a restart', async (t) => {
  const folder = tempFolder(t);
  const store = testStore(join(folder, 'db'));
  const first = await startServer(t, { store });
  await first.call('POST', '/sandbox/clock', { body: { freeze: true } });
  const { body: before } = await first.call('GET', '/sandbox/clock');
  await first.call('PUT', `/sandbox/users/${user}`, { body: { name: 'Ana' } });
  const { body: ana } = await first.call('GET', `/sandbox/users/${user}`);
  await first.server.close();

  const second = await startServer(t, { store });
  assert.equal(second.key, first.key);
  assert.deepEqual((await second.call('GET', '/sandbox/clock')).body, before);
  assert.deepEqual((await second.call('GET', `/sandbox/users/${user}`)).body, ana);
});

test('without the sandbox, its paths are unknown, and magic users are ordinary users', async (t) => {
  const { call } = await startServer(t, { sandbox: false, adminKey });
  for (const path of ['/sandbox/clock', `/sandbox/users/${user}`]) {
    const { status, body } = await call('GET', path);
    assert.deepEqual([status, body.error.code], [400, 2500]);
  }
  await call('POST', '/blockhouse/v1/numbers', {
    body: { id: '5', display_phone_number: '+1 555 078 3881' },
  });
  const { body } = await call('POST', '/5/block_users', {
    body: { messaging_product: 'whatsapp', block_users: [{ user: '15550100001' }, { user: '15550100005' }] },
  });
  assert.equal(body.block_users.failed_users.length, 2);
});

test('a production store keeps its numbers and lists when a sandbox opens it', async (t) => {
  const folder = tempFolder(t);
  const store = testStore(join(folder, 'db'));
  const live = await startServer(t, { store, sandbox: false, adminKey });
  await live.call('POST', '/blockhouse/v1/numbers', {
    body: { id: '5', display_phone_number: '+49 151 23456789' },
  });
  await live.call('POST', '/blockhouse/v1/numbers/5/inbound', { body: { messages: [{ from: user }] } });
  const blocking = { messaging_product: 'whatsapp', block_users: [{ user }] };
  await live.call('POST', '/5/block_users', { body: blocking });
  await live.server.close();
  const sandbox = await startServer(t, { store, adminKey });
  const { body: numbers } = await sandbox.call('GET', '/blockhouse/v1/numbers');
  assert.deepEqual(
    numbers.data.map(({ id }: { id: string }) => id),
    ['5', demoNumber],
  );
  assert.equal((await sandbox.call('GET', '/5/block_users')).body.data[0].wa_id, user);
});
