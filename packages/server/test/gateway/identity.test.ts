// Shows that a user at Meta is one user by every name: as typed, as Meta answers, by an ID, and after a change.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { demoNumber, type Running } from '../harness.ts';
import { startReceiver } from '../receiver.ts';
import { eventually } from '../waiting.ts';
import { startGateway } from './gateway.ts';
import { deliverMetaWebhook } from './meta-webhook.ts';

const ana = '16505551234';
const ben = '14155559876';
const typed = '+55 31 98888-7777';
const waId = '553188887777';
const standingPath = `/blockhouse/v1/numbers/${demoNumber}/standing-blocks`;
const blocksPath = `/blockhouse/v1/numbers/${demoNumber}/blocks`;
const atMeta = `/v25.0/${demoNumber}/block_users`;

/** A gateway in front of Meta, and a receiver behind it, to which webhooks of Meta's can be handed in. */
async function start(t: TestContext) {
  const { meta, gateway } = await startGateway(t);
  const receiver = await startReceiver(t);
  await gateway.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: receiver.webhook() });
  return {
    meta,
    gateway,
    receiver,
    hand: (value: object, field = 'messages') => deliverMetaWebhook(gateway, value, { field }),
  };
}

let made = 0;
const seconds = () => String(Math.floor(Date.now() / 1000));
const message = (from: object) => ({
  ...from,
  id: `wamid.${++made}`,
  timestamp: seconds(),
  type: 'text',
  text: { body: 'hello' },
});

async function stand(gateway: Running, user: string, note: string | null = null) {
  const { body } = await gateway.call('POST', '/blockhouse/v1/standing-blocks', {
    body: { users: [user], numbers: ['*'], ...(note !== null && { note }) },
  });
  assert.equal(body.results[0].outcome, 'standing', JSON.stringify(body));
}

async function why({ call }: Running, user: string) {
  const { body } = await call('GET', `/blockhouse/v1/users/${encodeURIComponent(user)}`);
  return body;
}

async function standing({ call }: Running) {
  const { body } = await call('GET', standingPath);
  return body.data.map((row: { wa_id: string | null; note: string | null }) => [row.wa_id, row.note]);
}

test('a user who was blocked by a typed number is blocked by the wa_id that Meta answered, and the answer says how it is known', async (t) => {
  const { meta, gateway } = await start(t);
  await meta.call('PUT', `/sandbox/users/${waId}`, { body: { dialed_as: [typed] } });
  await meta.write(waId);
  const { body } = await gateway.call('POST', atMeta, {
    body: { messaging_product: 'whatsapp', block_users: [{ user: typed }] },
  });
  assert.deepEqual(body.block_users.added_users, [{ input: typed, wa_id: waId }]);
  for (const [name, matched] of [
    [typed, 'directory'],
    [waId, 'wa_id'],
  ] as const) {
    const found = await why(gateway, name);
    assert.deepEqual([found.verdict, found.wa_id, found.matched_by], ['blocked', waId, matched]);
  }
  const { body: activity } = await gateway.call('GET', '/blockhouse/v1/activity?user=5531988887777');
  assert.equal(activity.data.length, 1);
});

test('the answer to a send links the typed number to the wa_id, and lists are searched by either', async (t) => {
  const { meta, gateway } = await start(t);
  const dialed = '+1 415 555 0000';
  await meta.call('PUT', `/sandbox/users/${ana}`, { body: { dialed_as: [dialed] } });
  await meta.write(ana);
  const sent = await gateway.call('POST', `/v25.0/${demoNumber}/messages`, {
    body: { messaging_product: 'whatsapp', to: dialed, type: 'text', text: { body: 'hi' } },
  });
  assert.equal(sent.body.contacts[0].wa_id, ana);
  await eventually('the spelling led to its wa_id', async () => (await why(gateway, dialed)).wa_id === ana);
  await stand(gateway, dialed);
  for (const [path, search] of [
    [standingPath, dialed],
    [standingPath, ana],
  ]) {
    const { body } = await gateway.call('GET', `${path}?search=${encodeURIComponent(search ?? '')}`);
    assert.deepEqual(body.data[0]?.wa_id, ana);
  }
  await meta.block(ana);
  const { body } = await gateway.call('GET', `${blocksPath}?search=${encodeURIComponent(dialed)}`);
  assert.deepEqual(
    body.data.map((row: { wa_id: string }) => row.wa_id),
    [ana],
  );
});

test('a refusal that names another wa_id places the standing block there, and the next message triggers it', async (t) => {
  const { meta, gateway, receiver, hand } = await start(t);
  await meta.call('PUT', `/sandbox/users/${waId}`, { body: { dialed_as: [typed] } });
  const { body } = await gateway.call('POST', '/blockhouse/v1/blocks', {
    body: { users: [typed], numbers: ['*'], when_closed: 'standing', note: 'spam' },
  });
  assert.deepEqual([body.results[0].outcome, body.results[0].wa_id], ['standing', waId]);
  assert.deepEqual(await standing(gateway), [[waId, 'spam']]);
  await meta.write(waId);
  await hand({ messages: [message({ from: waId })] });
  await eventually('the user was blocked at Meta', async () => (await meta.list()).body.data.length === 1);
  await hand({ messages: [message({ from: ben })] });
  await receiver.until(1);
  assert.equal(receiver.received[0]?.value.messages[0].from, ben);
});

test('a message under another spelling triggers a standing block by an unknown spelling', async (t) => {
  const { meta, gateway, receiver, hand } = await start(t);
  await stand(gateway, typed, 'spam');
  await meta.write(waId);
  await hand({ messages: [message({ from: waId })] });
  await eventually('the user was blocked at Meta', async () => (await meta.list()).body.data.length === 1);
  await hand({ messages: [message({ from: ben })] });
  await receiver.until(1);
  assert.equal(receiver.received[0]?.value.messages[0].from, ben);
  await eventually('the standing block was placed', async () => (await standing(gateway)).length === 0);
  const { body } = await gateway.call('GET', blocksPath);
  assert.deepEqual(
    body.data.map((row: { wa_id: string; note: string }) => [row.wa_id, row.note]),
    [[waId, 'spam']],
  );
});

test('a user on the list under another spelling is found, and the answer says so', async (t) => {
  const { meta, gateway } = await start(t);
  await meta.write('5215512345678');
  await meta.block('5215512345678');
  const found = await why(gateway, '+52 55 1234 5678');
  assert.deepEqual([found.verdict, found.matched_by], ['blocked', 'national_variant']);
  const refused = await gateway.call('POST', '/blockhouse/v1/standing-blocks', {
    body: { users: ['+52 55 1234 5678'], numbers: ['*'] },
  });
  assert.equal(refused.body.results[0].outcome, 'blocked');
});

test('standing blocks follow users to another number: their messages from there are dropped', async (t) => {
  const { gateway, receiver, hand } = await start(t);
  await hand({
    contacts: [{ wa_id: ana, user_id: 'US.1', profile: { name: 'Ana' } }],
    messages: [message({ from: ana })],
  });
  await stand(gateway, ana, 'spam');
  const system = {
    type: 'user_changed_number',
    body: `User Ana changed from ${ana} to ${ben}`,
    wa_id: ben,
    user_id: 'US.2',
    previous_user_id: 'US.1',
  };
  await hand({ messages: [{ from: ana, id: 'wamid.s', timestamp: seconds(), type: 'system', system }] });
  assert.deepEqual(await standing(gateway), [[ben, 'spam']]);
  await hand({ messages: [message({ from: ben, from_user_id: 'US.2' })] });
  await receiver.until(2);
  assert.deepEqual(
    receiver.received.map(({ value }) => value.messages[0].type),
    ['text', 'system'],
  );
  for (const name of [ana, ben, 'US.1', 'US.2'])
    assert.deepEqual(
      [(await why(gateway, name)).wa_id, (await why(gateway, name)).verdict],
      [ben, 'standing'],
    );
  const { body: activity } = await gateway.call(
    'GET',
    `/blockhouse/v1/activity?user=${ben}&operation=standing_block`,
  );
  assert.deepEqual(
    activity.data.map((entry: { wa_id: string; outcome: string }) => [entry.wa_id, entry.outcome]),
    [[ana, 'done']],
  );
});

for (const [how, tell] of [
  [
    'user_id_update',
    (hand: (value: object, field?: string) => Promise<void>) =>
      hand(
        {
          contacts: [{ profile: { name: 'Ana' } }],
          user_id_update: [{ user_id: { previous: 'US.1', current: 'US.2' }, timestamp: seconds() }],
        },
        'user_id_update',
      ),
  ],
  [
    'user_changed_user_id',
    (hand: (value: object, field?: string) => Promise<void>) => {
      const system = { type: 'user_changed_user_id', user_id: 'US.2', previous_user_id: 'US.1' };
      return hand({
        messages: [{ from_user_id: 'US.1', id: 'wamid.s', timestamp: seconds(), type: 'system', system }],
      });
    },
  ],
] as const) {
  test(`a standing block by ID follows its user to another ID, as ${how} says`, async (t) => {
    const { gateway, receiver, hand } = await start(t);
    await stand(gateway, 'US.1', 'spam');
    await tell(hand);
    await hand({ messages: [message({ from_user_id: 'US.2' })] });
    await hand({ messages: [message({ from: ben })] });
    await receiver.until(2);
    assert.deepEqual(
      receiver.received.flatMap(({ value }) => value.messages ?? []).map(({ from }) => from ?? null),
      how === 'user_id_update' ? [ben] : [null, ben],
    );
    assert.equal((await why(gateway, 'US.1')).verdict, 'standing');
    const { body } = await gateway.call('GET', standingPath);
    assert.deepEqual([body.total, body.data[0].user_id], [1, 'US.2']);
  });
}

test('two standing blocks of one user, by phone and by ID, become one when both are named together', async (t) => {
  const { gateway, hand } = await start(t);
  await stand(gateway, ana);
  await stand(gateway, 'US.1', 'by ID');
  assert.equal((await standing(gateway)).length, 2);
  await hand({ statuses: [{ id: 'wamid.o', status: 'sent', recipient_id: ana, recipient_user_id: 'US.1' }] });
  assert.deepEqual(await standing(gateway), [[ana, 'by ID']]);
});

test('a standing block by ID and the phone from a webhook at the same time become one user', async (t) => {
  const { gateway, hand } = await start(t);
  for (let round = 0; round < 10; round++) {
    const phone = String(16505550000 + round);
    const userId = `US.${1000 + round}`;
    const contacts = [{ wa_id: phone, user_id: userId, profile: { name: 'A' } }];
    await Promise.all([stand(gateway, userId, 'n'), hand({ contacts, statuses: [] })]);
    await hand({ contacts, messages: [message({ from: phone })] });
    const [byId, byPhone] = [await why(gateway, userId), await why(gateway, phone)];
    assert.deepEqual([byId.wa_id, byPhone.wa_id], [phone, phone]);
    assert.equal(byId.verdict, byPhone.verdict);
    assert.equal(byPhone.numbers[0].dropped, 1, `round ${round}`);
  }
});

test('a status of one user beside the message of another does not link the two', async (t) => {
  const { gateway, hand } = await start(t);
  await stand(gateway, ben, 'spam');
  await hand({
    contacts: [{ wa_id: ana, user_id: 'US.1', profile: { name: 'Ana' } }],
    messages: [message({ from: ana })],
    statuses: [{ id: 'wamid.o', status: 'failed', timestamp: seconds(), recipient_id: ben }],
  });
  assert.deepEqual([(await why(gateway, ana)).wa_id, (await why(gateway, ana)).verdict], [ana, 'fine']);
  assert.deepEqual([(await why(gateway, ben)).wa_id, (await why(gateway, ben)).verdict], [ben, 'standing']);
});

test('the only contact beside a message names its sender, in any spelling of the phone', async (t) => {
  const { gateway, hand } = await start(t);
  await hand({
    contacts: [{ wa_id: ana, profile: { name: 'Ana' } }],
    messages: [message({ from: '14155550000' })],
  });
  const found = await why(gateway, '+1 415 555 0000');
  assert.deepEqual([found.wa_id, found.name, found.matched_by], [ana, 'Ana', 'directory']);
});

test('a former number belongs to the next user who writes from it', async (t) => {
  const { gateway, receiver, hand } = await start(t);
  const ago = (howMany: number) => String(Number(seconds()) - howMany);
  const first = { ...message({ from: ana }), timestamp: ago(20) };
  await hand({ contacts: [{ wa_id: ana, user_id: 'US.1' }], messages: [first] });
  await stand(gateway, ana);
  const system = { type: 'user_changed_number', wa_id: ben, user_id: 'US.2', previous_user_id: 'US.1' };
  await hand({ messages: [{ from: ana, id: 'wamid.s', timestamp: ago(10), type: 'system', system }] });
  await hand({ contacts: [{ wa_id: ana, user_id: 'US.3' }], messages: [message({ from: ana })] });
  await receiver.until(3);
  assert.equal(receiver.received[2]?.value.messages[0].from, ana);
  assert.deepEqual(await standing(gateway), [[ben, null]]);
  assert.equal((await why(gateway, ana)).verdict, 'fine');
});
