// Shows how numbers are added, changed, and removed, and that each number has its own blocklist.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber, startServer } from './harness.ts';

const user = '16505551234';

test('a number is added with the given fields, changed in the given fields, and removed with its data', async (t) => {
  const { call, write, block, list } = await startServer(t);
  const { status, body: made } = await call('POST', '/blockhouse/v1/numbers', {
    body: {
      id: '555',
      display_phone_number: '+49 151 23456789',
      verified_name: 'Shop',
      waba_id: '77',
      platform: 'local',
    },
  });
  assert.equal(status, 201);
  assert.deepEqual(
    { ...made, created_at: typeof made.created_at },
    {
      id: '555',
      display_phone_number: '+49 151 23456789',
      verified_name: 'Shop',
      waba_id: '77',
      portfolio_id: 'default',
      platform: 'local',
      upstream: null,
      webhook: null,
      created_at: 'string',
    },
  );
  const { body: changed } = await call('PATCH', '/blockhouse/v1/numbers/555', {
    body: { verified_name: 'Market' },
  });
  assert.deepEqual(changed, { ...made, verified_name: 'Market' });
  assert.deepEqual((await call('GET', '/blockhouse/v1/numbers/555')).body, changed);

  await write(user);
  await block(user);
  assert.deepEqual((await call('GET', '/555/block_users')).body, { data: [] });
  assert.equal((await list()).body.data.length, 1);

  assert.deepEqual((await call('DELETE', '/blockhouse/v1/numbers/555')).body, { success: true });
  const gone = await call('GET', '/555/block_users');
  assert.deepEqual([gone.status, gone.body.error.error_subcode], [400, 33]);
});

test("a number without an ID gets one in Meta's format", async (t) => {
  const { call } = await startServer(t);
  const { body } = await call('POST', '/blockhouse/v1/numbers', {
    body: { display_phone_number: '+1 555 078 3882' },
  });
  assert.match(body.id, /^1\d{14}$/);
});

test('a number of this server is refused as a user, because it is a business account', async (t) => {
  const { call, write, block } = await startServer(t);
  const { body: other } = await call('POST', '/blockhouse/v1/numbers', {
    body: { display_phone_number: '+1 555 078 3882' },
  });
  await write(other.display_phone_number);
  const { body } = await block('+15550783882');
  assert.match(body.block_users.failed_users[0].errors[0].error_data.details, /WhatsApp Business account/);
});

test('a user has a different ID in each portfolio, and an ID is valid only in its portfolio', async (t) => {
  const { call, write } = await startServer(t);
  const { body: other } = await call('POST', '/blockhouse/v1/numbers', {
    body: { display_phone_number: '+1 555 078 3882', portfolio_id: 'another' },
  });
  await write(user);
  const { numbers } = (await call('GET', `/sandbox/users/${user}`)).body;
  const own = numbers[demoNumber].user_id;
  const foreign = numbers[other.id].user_id;
  assert.match(own, /^US\.\d{30,39}$/);
  assert.notEqual(own, foreign);
  const block = (user_id: string) =>
    call('POST', `/${demoNumber}/block_users`, {
      body: { messaging_product: 'whatsapp', block_users: [{ user_id }] },
    });
  assert.equal((await block(foreign)).body.block_users.failed_users[0].errors[0].code, 131047);
  assert.deepEqual((await block(own)).body.block_users, { added_users: [{ input: own, user_id: own }] });
});
