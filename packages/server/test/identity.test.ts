// Shows that on the local platform two spellings of one phone are one user, and that the sandbox simulates
// numbers that are dialed differently and users who change their number.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber, type Running, startServer } from './harness.ts';
import { startReceiver } from './receiver.ts';

const one = '5215512345678';
const other = '+52 55 1234 5678';
const ana = '16505551234';
const ben = '14155559876';

async function diagnose({ call }: Running, user: string) {
  return (await call('GET', `/blockhouse/v1/users/${encodeURIComponent(user)}`)).body;
}

const inbound = ({ call }: Running, from: string) =>
  call('POST', `/blockhouse/v1/numbers/${demoNumber}/inbound`, {
    body: { contacts: [{ wa_id: from, profile: { name: 'Ana' } }], messages: [{ from, type: 'text' }] },
  });

for (const sandbox of [true, false]) {
  const startOwn = async (t: Parameters<typeof startServer>[0]) => {
    const server = await startServer(t, { sandbox, ...(!sandbox && { adminKey: 'x'.repeat(40) }) });
    if (!sandbox) {
      const { status } = await server.call('POST', '/blockhouse/v1/numbers', {
        body: { id: demoNumber, display_phone_number: '+1 555 078 3881', waba_id: '102290129340398' },
      });
      assert.equal(status, 201);
    }
    return server;
  };
  const where = sandbox ? 'in the sandbox' : 'outside the sandbox';

  test(`a user who wrote under one spelling is found, blocked, and dropped under the other, ${where}`, async (t) => {
    const server = await startOwn(t);
    await inbound(server, one);
    const before = await diagnose(server, other);
    assert.deepEqual(
      [before.verdict, before.wa_id, before.matched_by, before.name],
      ['no_webhook', one, 'national_variant', 'Ana'],
    );
    const { body } = await server.block(other);
    assert.deepEqual(body.block_users.added_users, [{ input: other, wa_id: one }]);
    assert.deepEqual((await inbound(server, '525512345678')).body.admitted, []);
    assert.deepEqual((await inbound(server, one)).body.admitted, []);
    assert.deepEqual((await server.list()).body.data[0].wa_id, one);
    const { body: found } = await server.call(
      'GET',
      `/blockhouse/v1/numbers/${demoNumber}/blocks?search=${encodeURIComponent(other)}`,
    );
    assert.deepEqual(found.data[0]?.wa_id, one);
    assert.equal((await diagnose(server, other)).verdict, 'blocked');
    assert.deepEqual((await server.unblock(`+${one}`)).body.block_users.removed_users[0].wa_id, one);
    assert.equal((await inbound(server, '525512345678')).body.admitted.length, 1);
  });

  test(`a message under one spelling triggers a standing block under the other, and its spelling is the wa_id from then on, ${where}`, async (t) => {
    const server = await startOwn(t);
    await server.call('POST', '/blockhouse/v1/standing-blocks', {
      body: { users: [other], numbers: ['*'], note: 'spam' },
    });
    assert.deepEqual((await inbound(server, one)).body.admitted, []);
    const { body } = await server.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`);
    assert.deepEqual(
      body.data.map(({ wa_id, note }: Record<string, unknown>) => [wa_id, note]),
      [[one, 'spam']],
    );
    const { body: activity } = await server.call(
      'GET',
      `/blockhouse/v1/activity?user=${encodeURIComponent(other)}`,
    );
    assert.deepEqual(
      activity.data.map(({ operation }: Record<string, unknown>) => operation),
      ['block', 'standing_block'],
    );
  });
}

test('a user may be dialed by phones other than their wa_id that belong to no other user', async (t) => {
  const server = await startServer(t);
  const put = (user: string, body: object) => server.call('PUT', `/sandbox/users/${user}`, { body });
  const dialed = '+1 415 555 0000';
  const { body } = await put(ana, { dialed_as: [dialed] });
  assert.deepEqual(body.dialed_as, ['14155550000']);
  const refused = await server.block(dialed);
  assert.equal(refused.body.block_users.failed_users[0].wa_id, ana);
  await server.write(ana);
  const { body: sent } = await server.call('POST', `/v25.0/${demoNumber}/messages`, {
    body: { messaging_product: 'whatsapp', to: dialed, type: 'text', text: { body: 'hi' } },
  });
  assert.deepEqual(sent.contacts, [{ input: dialed, wa_id: ana }]);
  assert.deepEqual((await server.block(dialed)).body.block_users.added_users, [
    { input: dialed, wa_id: ana },
  ]);
  const found = await diagnose(server, dialed);
  assert.deepEqual([found.wa_id, found.verdict, found.matched_by], [ana, 'blocked', 'directory']);
  await put(ben, { name: 'Ben' });
  assert.match(
    (await put(ana, { dialed_as: [ben] })).body.error.message,
    /dialed_as\[0\] is the phone of another user/,
  );
  assert.match(
    (await put(ana, { dialed_as: ['no phone'] })).body.error.message,
    /dialed_as\[0\] must be a phone/,
  );
  const { body: state } = await server.call('GET', '/sandbox/state');
  await server.call('POST', '/sandbox/reset');
  assert.equal((await diagnose(server, dialed)).wa_id, '14155550000');
  assert.equal((await server.call('PUT', '/sandbox/state', { body: state })).status, 200);
  assert.equal((await diagnose(server, dialed)).wa_id, ana);
  assert.deepEqual((await put(ana, { dialed_as: [] })).body.dialed_as, []);
  assert.equal((await diagnose(server, dialed)).wa_id, '14155550000');
});

test("a user changes their number: businesses get a webhook, and the user's records move to the new number", async (t) => {
  const server = await startServer(t);
  const receiver = await startReceiver(t);
  await server.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: receiver.webhook() });
  await server.call('PUT', `/sandbox/users/${ana}`, { body: { name: 'Ana' } });
  const { body: before } = await server.call('GET', `/sandbox/users/${ana}`);
  await server.write(ana);
  const { status, body } = await server.call('POST', `/sandbox/users/${ana}/number`, {
    body: { to: `+${ben}` },
  });
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual([body.wa_id, body.name], [ben, 'Ana']);
  assert.ok(body.numbers[demoNumber].window_closes_at !== null);
  await receiver.until(2);
  const [message] = receiver.received[1]?.value.messages ?? [];
  assert.deepEqual(receiver.received[1]?.value.contacts, undefined);
  assert.deepEqual(
    { ...message, id: null, timestamp: null },
    {
      from: ana,
      from_user_id: before.numbers[demoNumber].user_id,
      id: null,
      timestamp: null,
      type: 'system',
      system: {
        body: `User Ana changed from ${ana} to ${ben}`,
        wa_id: ben,
        user_id: body.numbers[demoNumber].user_id,
        previous_user_id: before.numbers[demoNumber].user_id,
        type: 'user_changed_number',
      },
    },
  );
  await server.block(ana);
  assert.equal((await server.list()).body.data[0].wa_id, ben);
  assert.equal((await diagnose(server, before.numbers[demoNumber].user_id)).verdict, 'blocked');
  const again = await server.call('POST', `/sandbox/users/${ben}/number`, {
    body: { to: '+1 555 078 3881' },
  });
  assert.match(again.body.error.message, /Param to is the phone of another user or number/);
});

test('the webhook about a user with a hidden phone contains only the change of the ID', async (t) => {
  const server = await startServer(t);
  const receiver = await startReceiver(t);
  await server.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: receiver.webhook() });
  await server.call('PUT', `/sandbox/users/${ana}`, { body: { hide_phone: true } });
  await server.write(ana);
  await server.call('POST', `/sandbox/users/${ana}/number`, { body: { to: ben } });
  await receiver.until(2);
  const [message] = receiver.received[1]?.value.messages ?? [];
  assert.equal(message.system.type, 'user_changed_user_id');
  assert.ok(!JSON.stringify(message).includes(ana) && !JSON.stringify(message).includes(ben));
});
