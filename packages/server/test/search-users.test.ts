// Shows that a search of the lists finds users by everything that a row shows: ID, username, name, phone, and
// note.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGateway } from './gateway/gateway.ts';
import { deliverMetaWebhook } from './gateway/meta-webhook.ts';
import { demoNumber, type Running, startServer } from './harness.ts';

const path = `/blockhouse/v1/numbers/${demoNumber}`;
const ana = '16505551234';
const ben = '14155559876';

const find = async ({ call }: Running, text: string, list = 'blocks') =>
  (await call('GET', `${path}/${list}?search=${encodeURIComponent(text)}`)).body.data.map(
    (row: { wa_id: string | null; user_id: string | null }) => row.wa_id ?? row.user_id,
  );

test('users are found by business-scoped user ID, username, and name, even if the phone is hidden', async (t) => {
  const running = await startServer(t);
  const { call, write, block } = running;
  await call('PUT', `/sandbox/users/${ana}`, {
    body: { name: 'Ana', username: '@Ana.Banana', hide_phone: true },
  });
  await call('PUT', `/sandbox/users/${ben}`, { body: { username: 'ben_the_100' } });
  await write(ana, ben);
  await block(ana, ben);
  const { data } = (await running.list()).body;
  const [{ user_id: anaId }, { user_id: benId }] = data;
  assert.deepEqual(await find(running, anaId), [anaId]);
  assert.deepEqual(await find(running, ` ${benId} `), [ben]);
  for (const text of ['ana.banana', '@ana', 'BANANA', '@ana.b'])
    assert.deepEqual(await find(running, text), [anaId]);
  for (const text of ['@ben', 'ben_', '_100', '@BEN_THE']) assert.deepEqual(await find(running, text), [ben]);
  assert.deepEqual(await find(running, '@banana'), []);
  assert.deepEqual(await find(running, 'US.1'), []);
  const csv = await call('GET', `${path}/blocks?search=${benId}`, { headers: { accept: 'text/csv' } });
  assert.equal(csv.body.trim().split('\n').length, 2);
});

test('standing blocks are found by the same names', async (t) => {
  const running = await startServer(t);
  const { call } = running;
  await call('PUT', `/sandbox/users/${ana}`, { body: { username: '@ana' } });
  const body = { users: [ana, ben], numbers: [demoNumber], when_closed: 'standing' };
  await call('POST', '/blockhouse/v1/blocks', { body });
  const { user_id: userId } = (await call('GET', `${path}/standing-blocks?search=${ben}`)).body.data[0];
  assert.deepEqual(await find(running, userId, 'standing-blocks'), [ben]);
  assert.deepEqual(await find(running, '@ana', 'standing-blocks'), [ana]);
});

test('on a number at Meta, users are found by the whole ID or a part of it', async (t) => {
  const { meta, gateway } = await startGateway(t);
  await meta.write(ana, ben);
  await meta.block(ana, ben);
  const [{ user_id: userId }] = (await meta.list()).body.data;
  assert.deepEqual(await find(gateway, userId), [ana]);
  assert.deepEqual(await find(gateway, userId.slice(3, 20)), [ana]);
  assert.deepEqual(await find(gateway, userId.toLowerCase()), [ana]);
  assert.deepEqual(await find(gateway, 'DE.1'), []);
});

test('on a number at Meta, users are found by the username that its webhooks contain', async (t) => {
  const { meta, gateway } = await startGateway(t);
  await meta.write(ana, ben);
  await meta.block(ana, ben);
  const [{ user_id: userId }] = (await meta.list()).body.data;
  const contacts = [{ profile: { name: 'Ana', username: '@ana.b' }, wa_id: ana, user_id: userId }];
  const messages = [{ from: ana, from_user_id: userId, id: 'wamid.1', timestamp: '1', type: 'text' }];
  await deliverMetaWebhook(gateway, { contacts, messages });
  for (const text of ['@ana.b', 'Ana.B']) assert.deepEqual(await find(gateway, text), [ana]);
  assert.deepEqual(await find(gateway, '@ben'), []);
});
