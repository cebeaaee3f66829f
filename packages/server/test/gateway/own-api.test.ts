// Shows that Blockhouse's own API works on numbers at Meta: Meta's list is authoritative, and notes are joined to it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directoryOf } from '@blockhouse/engine';
import { demoNumber, type Running, startServer } from '../harness.ts';
import { eventually } from '../waiting.ts';
import { addCloudNumber, startGateway } from './gateway.ts';
import { deliverMetaWebhook, metaMessage } from './meta-webhook.ts';
import { startProxy, upstreamFailures } from './upstream-proxy.ts';

const ana = '16505551234';
const ben = '14155559876';
const cem = '4915123456789';
const blocks = `/blockhouse/v1/numbers/${demoNumber}/blocks`;

/** A gateway in sandbox mode, so that its clock can be moved. */
async function startMovable(t: Parameters<typeof startServer>[0]) {
  const meta = await startServer(t);
  const gateway = await startServer(t, { secrets: ['x'.repeat(32)], upstreamRate: null });
  await gateway.call('DELETE', `/blockhouse/v1/numbers/${demoNumber}`);
  await addCloudNumber(gateway, { base_url: meta.url, token: meta.key });
  return { meta, gateway };
}

/** Signs in to the panel; answers the cookie. */
async function signIn({ url, key }: Running): Promise<string> {
  const response = await fetch(`${url}/blockhouse/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key }),
  });
  assert.equal(response.status, 200);
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

function bulk({ call }: Running, path: string, body: object) {
  return call('POST', `/blockhouse/v1/${path}`, { body: { numbers: ['*'], ...body } });
}

test('notes are joined to the live list, and users who were blocked elsewhere are shown as such', async (t) => {
  const { meta, gateway } = await startGateway(t);
  await meta.write(ana, ben, cem);
  await meta.block(ben);
  await bulk(gateway, 'blocks', { users: [ana, cem], note: 'insults' });
  const shown = ({ body }: { body: { data: readonly Record<string, unknown>[] } }) =>
    body.data.map(({ wa_id, source, note, key }) => [wa_id, source, note, key === null]);
  assert.deepEqual(shown(await gateway.call('GET', blocks)), [
    [ben, 'elsewhere', null, true],
    [ana, 'api', 'insults', false],
    [cem, 'api', 'insults', false],
  ]);
  assert.deepEqual(shown(await gateway.call('GET', `${blocks}?search=insult&sort=-blocked_at`)), [
    [cem, 'api', 'insults', false],
    [ana, 'api', 'insults', false],
  ]);
  const first = await gateway.call('GET', `${blocks}?limit=2`);
  assert.equal(first.body.total, 3);
  // The reader's place is a row: it stays where it is when others go.
  await meta.unblock(ben);
  const second = await gateway.call('GET', `${blocks}?limit=2&after=${first.body.paging.after}`);
  assert.deepEqual(shown(second), [[cem, 'api', 'insults', false]]);
  const csv = await gateway.call('GET', blocks, { headers: { accept: 'text/csv' } });
  assert.equal(String(csv.body).split('\n').length, 4);
  const { body: why } = await gateway.call('GET', `/blockhouse/v1/users/${ben}`);
  assert.notEqual(why.verdict, 'blocked');
  await meta.block(ben);
  const { body: again } = await gateway.call('GET', `/blockhouse/v1/users/${ben}`);
  assert.deepEqual(
    [again.verdict, again.numbers[0].blocked.source, again.numbers[0].blocked.since],
    ['blocked', 'elsewhere', null],
  );
});

test('an export of one number is the import of another', async (t) => {
  const { meta, gateway } = await startGateway(t);
  const { body: other } = await meta.call('POST', '/blockhouse/v1/numbers', {
    body: { display_phone_number: '+1 555 078 3882' },
  });
  await addCloudNumber(
    gateway,
    { base_url: meta.url, token: meta.key },
    { id: other.id, phone: '+1 555 078 3882' },
  );
  await meta.write(ana, ben);
  await meta.call('POST', `/blockhouse/v1/numbers/${other.id}/inbound`, {
    body: { messages: [{ from: ana, type: 'text' }] },
  });
  await gateway.call('POST', '/blockhouse/v1/blocks', {
    body: { users: [ana, ben], numbers: [demoNumber], note: 'why' },
  });
  const csv = await gateway.call('GET', blocks, { headers: { accept: 'text/csv' } });
  const answer = await gateway.call(
    'POST',
    `/blockhouse/v1/numbers/${other.id}/blocks/import?when_closed=standing`,
    {
      body: csv.body,
      headers: { 'content-type': 'text/csv' },
    },
  );
  assert.deepEqual(
    answer.body.results.map(({ outcome }: { outcome: string }) => outcome),
    ['blocked', 'standing'],
  );
});

test('a temporary block ends at Meta, at its time', async (t) => {
  const { meta, gateway } = await startMovable(t);
  await meta.write(ana);
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await bulk(gateway, 'blocks', { users: [ana], until, note: 'an hour' });
  assert.equal((await meta.list()).body.data.length, 1);
  await gateway.advance('61m');
  assert.deepEqual((await meta.list()).body.data, []);
  const { body } = await gateway.call('GET', '/blockhouse/v1/activity');
  assert.deepEqual(
    [body.data[0].operation, body.data[0].outcome, body.data[0].source],
    ['unblock', 'expired', 'until'],
  );
});

test('a temporary block that cannot be ended at its time is ended later', async (t) => {
  const meta = await startServer(t);
  let isDown = false;
  const proxy = await startProxy(t, meta.url, () => (isDown ? upstreamFailures['a reset before'] : null));
  const gateway = await startServer(t, {
    secrets: ['x'.repeat(32)],
    upstreamRate: null,
    upstreamDeadlineMs: 300,
  });
  await gateway.call('DELETE', `/blockhouse/v1/numbers/${demoNumber}`);
  await addCloudNumber(gateway, { base_url: proxy.url, token: meta.key });
  await meta.write(ana);
  await bulk(gateway, 'blocks', { users: [ana], until: new Date(Date.now() + 3_600_000).toISOString() });
  isDown = true;
  await gateway.advance('61m');
  assert.equal((await meta.list()).body.data.length, 1);
  assert.deepEqual((await gateway.call('GET', blocks)).status, 500);
  isDown = false;
  // Expired blocks are processed whenever the clock is moved. Meta is asked again after a pause.
  await eventually('the block ended at Meta', async () => {
    await gateway.advance('1s');
    return (await meta.list()).body.data.length === 0;
  });
});

test('when Meta cannot be asked, the diagnosis says platform_failing', async (t) => {
  const meta = await startServer(t);
  let isDown = false;
  const proxy = await startProxy(t, meta.url, () => (isDown ? upstreamFailures['190'] : null));
  const { gateway } = await startGateway(t, { meta: { ...meta, url: proxy.url } });
  isDown = true;
  const { body } = await gateway.call('GET', `/blockhouse/v1/users/${ana}`);
  assert.equal(body.verdict, 'platform_failing');
});

test('a phone with another spelling at Meta is answered and kept by its wa_id', async (t) => {
  const meta = await startServer(t);
  await meta.write('5511987654321');
  // As in Brazil: the dialed number has one digit less than the wa_id.
  const proxy = await startProxy(t, meta.url, () => null);
  const { gateway } = await startGateway(t, { meta: { ...meta, url: proxy.url } });
  const answer = await gateway.block('+55 11 98765-4321');
  assert.deepEqual(answer.body.block_users.added_users, [
    { input: '+55 11 98765-4321', wa_id: '5511987654321' },
  ]);
});

test('business-scoped user IDs go to Meta as they are, and their users are known by them', async (t) => {
  const { meta, gateway } = await startGateway(t);
  await meta.call('PUT', `/sandbox/users/${ana}`, { body: { hide_phone: true } });
  await meta.write(ana);
  const userId: string = (await meta.call('GET', `/sandbox/users/${ana}`)).body.numbers[demoNumber].user_id;
  const { body } = await bulk(gateway, 'blocks', { users: [userId, 'US.404'], note: 'hidden' });
  assert.deepEqual(
    body.results.map(({ outcome, user_id, wa_id }: Record<string, unknown>) => [outcome, user_id, wa_id]),
    [
      ['blocked', userId, undefined],
      ['refused', 'US.404', undefined],
    ],
  );
  const { body: list } = await gateway.call('GET', blocks);
  assert.deepEqual([list.data[0].wa_id, list.data[0].user_id, list.data[0].note], [null, userId, 'hidden']);
  const { body: why } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/users/${userId}`);
  assert.deepEqual([why.wa_id, why.user_id, why.verdict], [null, userId, 'blocked']);
  const { body: activity } = await gateway.call('GET', `/blockhouse/v1/activity?user=${userId}`);
  assert.deepEqual(
    activity.data.map(({ wa_id, outcome }: Record<string, unknown>) => [wa_id, outcome]),
    [[null, 'done']],
  );
  const undone = await bulk(gateway, 'unblocks', { users: [userId] });
  assert.equal(undone.body.results[0].outcome, 'unblocked');
  assert.deepEqual((await meta.list()).body.data, []);
});

test("the provider's dialect on a number at Meta", async (t) => {
  const { meta, gateway } = await startGateway(t);
  await meta.write(ana, ben);
  const path = `/api/v25.0/${demoNumber}/block_users`;
  const body = { messaging_product: 'whatsapp', block_users: [{ user: `+${ana}` }, { user: cem }] };
  const answer = await gateway.call('POST', path, { body });
  assert.deepEqual(answer.body.block_users.added_users, [{ input: `+${ana}`, wa_id: ana }]);
  assert.equal(answer.body.block_users.errors[0].code, 131047);
  await bulk(gateway, 'blocks', { users: [ben], note: 'spam' });
  const list = await gateway.call('GET', path);
  assert.deepEqual(list.body.data, [
    { user: ana, block_reason: 'manual' },
    { user: ben, block_reason: 'spam' },
  ]);
  const send = (to: string) =>
    gateway.call('POST', `/api/v25.0/${demoNumber}/messages`, {
      body: { messaging_product: 'whatsapp', to, type: 'template', template: {} },
    });
  assert.equal((await send(ana)).body.error.message, '(#131048) User is blocked');
  assert.equal((await send(cem)).body.messages.length, 1);
});

test('calls that only the local platform can serve are refused for a number at Meta', async (t) => {
  const { gateway } = await startMovable(t);
  const refused = await gateway.write(ana);
  assert.equal(refused.status, 400);
  assert.match(refused.body.error.message, /is at Meta/);
  const asUser = await gateway.call('POST', `/sandbox/users/${ana}/messages`, { body: { text: 'hello' } });
  assert.equal(asUser.status, 400);
});

test('the sandbox may be reset and its state replaced: numbers at Meta stay, with all that belongs to them', async (t) => {
  const { meta, gateway } = await startMovable(t);
  // Nobody listens there, so that the webhooks stay on their way.
  const webhook = { url: 'http://127.0.0.1:9/', appSecret: 's', verifyToken: 'v' };
  await gateway.server.store.changeNumbers(([number]) => {
    assert.ok(number);
    return { put: { ...number, webhook } };
  });
  await bulk(gateway, 'standing-blocks', { users: [ben], note: 'threats' });
  await meta.write(ana);
  const userId = 'US.13491208655302741918';
  await deliverMetaWebhook(gateway, {
    contacts: [{ profile: { name: 'Ana' }, wa_id: ana, user_id: userId }],
    messages: [metaMessage(ana, 'wamid.1')],
  });
  await bulk(gateway, 'blocks', { users: [ana], note: 'insults' });
  const { store } = gateway.server;
  const number = await store.number(demoNumber);
  const cookie = await signIn(gateway);
  const seen = async () => ({
    blocks: (await gateway.call('GET', blocks)).body,
    standing: (await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/standing-blocks`)).body,
    activity: (await gateway.call('GET', `/blockhouse/v1/activity?number=${demoNumber}`)).body,
    webhooks: (await store.outbox.list(demoNumber, { afterEntry: 0, waId: null, state: null, count: 9 })).map(
      ({ entry, body }) => [entry, body],
    ),
    windows: (await store.facts(demoNumber, [Number(ana)])).users.get(Number(ana))?.lastInboundMs,
    idKnown: number && (await store.userNames(directoryOf(number), { names: [userId] }))[0]?.user,
    signedIn: (await fetch(`${gateway.url}/blockhouse/v1/session`, { headers: { cookie } })).status,
  });
  const before = await seen();
  assert.deepEqual(
    [before.blocks.total, before.standing.total, before.activity.data.length, before.webhooks.length],
    [1, 1, 2, 1],
  );
  assert.deepEqual([before.idKnown, before.signedIn], [Number(ana), 200]);

  const { body: state } = await gateway.call('GET', '/sandbox/state');
  assert.deepEqual(state.numbers, []);
  assert.equal((await gateway.call('PUT', '/sandbox/state', { body: state })).status, 200);
  assert.deepEqual(await seen(), before);
  assert.equal((await gateway.call('POST', '/sandbox/reset')).status, 200);
  assert.deepEqual(await seen(), before);
});
