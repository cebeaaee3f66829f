// Shows the provider's format as its page documents it: 500 users a request, an errors array, reasons, and
// code 131048.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockUsersClient } from '@blockhouse/client';
import { demoNumber, startServer } from './harness.ts';

const path = `/api/v25.0/${demoNumber}/block_users`;
const ana = '+919999999999';
const ben = '+919888888888';
const body = (...users: unknown[]) => ({
  messaging_product: 'whatsapp',
  block_users: users.map((user) => ({ user })),
});

test('block, list, and unblock have the documented bodies', async (t) => {
  const { call, write } = await startServer(t);
  await write(ana, ben);
  const blocked = await call('POST', path, { body: body(ana, ben) });
  assert.deepEqual(
    [blocked.status, blocked.body],
    [
      200,
      {
        messaging_product: 'whatsapp',
        block_users: {
          added_users: [
            { input: ana, wa_id: '919999999999' },
            { input: ben, wa_id: '919888888888' },
          ],
          errors: [],
        },
      },
    ],
  );
  const { data, paging } = (await call('GET', `${path}?limit=100`)).body;
  assert.deepEqual(data, [
    { user: '919999999999', block_reason: 'manual' },
    { user: '919888888888', block_reason: 'manual' },
  ]);
  assert.deepEqual(Object.keys(paging), ['cursors']);
  const unblocked = await call('DELETE', path, { body: body('919999999999') });
  assert.deepEqual(unblocked.body.block_users, {
    removed_users: [{ input: '919999999999', wa_id: '919999999999' }],
    errors: [],
  });
});

test("refused users are in errors, with Meta's code and message", async (t) => {
  const { call, url, key } = await startServer(t);
  const { status, body: answer } = await call('POST', path, { body: body(ana) });
  assert.equal(status, 200);
  assert.deepEqual(answer.block_users, {
    added_users: [],
    errors: [
      {
        input: ana,
        wa_id: '919999999999',
        code: 131047,
        message: 'Re-engagement required',
        error_data: { details: 'User has not messaged in the last 24 hours' },
      },
    ],
  });
  const client = new BlockUsersClient({ baseUrl: `${url}/api`, token: key, phoneNumberId: demoNumber });
  const { blocked, refused } = await client.block([ana]);
  assert.deepEqual(
    [blocked.length, refused[0]?.reason],
    [0, 'window_closed'],
    'the SDK reads it as any other',
  );
});

test('the reasons in the list are the notes of the blocks, on every page', async (t) => {
  const { call, write } = await startServer(t);
  const users = Array.from({ length: 5 }, (_, index) => String(16_500_000_000 + index));
  await write(...users);
  await call('POST', path, { body: body(...users) });
  await call('POST', '/blockhouse/v1/blocks', {
    body: { users: users.slice(2, 4), numbers: ['*'], note: 'spam' },
  });
  await call('DELETE', path, { body: body(users[1]) });
  const first = (await call('GET', `${path}?limit=2`)).body;
  const second = (await call('GET', `${path}?limit=2&after=${first.paging.cursors.after}`)).body;
  assert.deepEqual(
    [...first.data, ...second.data],
    [
      { user: users[0], block_reason: 'manual' },
      { user: users[2], block_reason: 'spam' },
      { user: users[3], block_reason: 'spam' },
      { user: users[4], block_reason: 'manual' },
    ],
  );
});

test('the errors have the documented messages', async (t) => {
  const { call, write, block } = await startServer(t);
  const tooMany = Array.from({ length: 501 }, (_, index) => `+${16_500_000_000 + index}`);
  for (const method of ['POST', 'DELETE']) {
    const answer = await call(method, path, { body: body(...tooMany) });
    assert.deepEqual([answer.status, answer.body.error.code], [400, 100]);
    assert.equal(answer.body.error.message, '(#100) Cannot block more than 500 users in one request');
  }
  for (const wrong of ['(650) 555-1234', 'ana', '', '+0123456789', 7]) {
    const answer = await call('POST', path, { body: body(ana, wrong) });
    assert.deepEqual(
      [answer.status, answer.body.error.message],
      [400, '(#100) Invalid phone number'],
      String(wrong),
    );
  }
  await write('16505551234');
  await block('16505551234');
  for (const message of [
    { type: 'text', text: { body: 'hi' } },
    { type: 'template', template: { name: 'sale' } },
  ]) {
    const sent = await call('POST', `/api/v25.0/${demoNumber}/messages`, {
      body: { messaging_product: 'whatsapp', to: '+16505551234', ...message },
    });
    assert.deepEqual(
      [sent.status, sent.body.error.code, sent.body.error.message],
      [400, 131048, '(#131048) User is blocked'],
    );
  }
  const free = { messaging_product: 'whatsapp', to: ben, type: 'text', text: { body: 'hi' } };
  assert.equal((await call('POST', `/api/v25.0/${demoNumber}/messages`, { body: free })).status, 200);
  assert.equal((await call('GET', `/api/v1.0/${demoNumber}/block_users`)).body.error.code, 2500);
  assert.equal((await call('GET', path, { key: 'wrong' })).status, 401);
});
