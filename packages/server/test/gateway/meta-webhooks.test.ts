// Shows that the gateway checks Meta's webhooks, stores them before it acknowledges them, recognizes repeats, and
// passes their items
// on, except for messages that a standing block drops.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber, startServer } from '../harness.ts';
import { appSecret, startReceiver } from '../receiver.ts';
import { eventually } from '../waiting.ts';
import { addCloudNumber, metaAppSecret, metaVerifyToken, startGateway } from './gateway.ts';
import { hubSignature, metaMessage, metaTime, metaWebhook, postMetaWebhook, waba } from './meta-webhook.ts';
import { startProxy, upstreamFailures } from './upstream-proxy.ts';

const ana = '16505551234';
const ben = '14155559876';

async function startListening(t: Parameters<typeof startServer>[0]) {
  const { meta, gateway } = await startGateway(t);
  const receiver = await startReceiver(t);
  const changed = await gateway.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, {
    body: receiver.webhook(),
  });
  assert.equal(changed.status, 200);
  return { meta, gateway, receiver };
}

test("Meta's handshake succeeds with the verify token of a number, and with no other", async (t) => {
  const { gateway } = await startGateway(t);
  const ask = (query: string) => fetch(`${gateway.url}/webhooks/meta?${query}`);
  const good = `hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${encodeURIComponent(metaVerifyToken)}`;
  const answer = await ask(good);
  assert.deepEqual([answer.status, await answer.text()], [200, '1158201444']);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
  assert.equal((await ask(good.replace('Meta', 'Beta'))).status, 403);
  assert.equal((await ask('hub.mode=subscribe&hub.challenge=1')).status, 400);
});

test("a webhook that the number's app has not signed is refused, and changes nothing", async (t) => {
  const { gateway, receiver } = await startListening(t);
  const body = metaWebhook({ messages: [metaMessage(ana, 'wamid.1')] });
  for (const wrong of [{ secret: 'another secret' }, { signature: '' }, { signature: 'sha256=00' }])
    assert.equal((await postMetaWebhook(gateway, body, wrong)).status, 403);
  assert.equal((await postMetaWebhook(gateway, '{"entry":')).status, 400);
  assert.equal((await postMetaWebhook(gateway, '[]')).status, 400);
  const { body: known } = await gateway.call('GET', `/blockhouse/v1/users/${ana}`);
  assert.equal(known.verdict, 'never_wrote');
  assert.equal(receiver.received.length, 0);
});

test("one message is passed on byte for byte, with our signature instead of Meta's, and opens the window", async (t) => {
  const { gateway, receiver } = await startListening(t);
  const contacts = [{ profile: { name: 'Ana' }, wa_id: ana, user_id: 'US.777' }];
  const odd = { big: 12345678901234567890n.toString(), float: '@1.50@' };
  const raw = metaWebhook({ contacts, messages: [metaMessage(ana, 'wamid.1', { odd })] })
    .replace('"@1.50@"', '1.50')
    .replaceAll('/', '\\/');
  const { status, body: acknowledged } = await postMetaWebhook(gateway, raw);
  assert.deepEqual([status, acknowledged], [200, { success: true }]);
  await receiver.until(1);
  const [got] = receiver.received;
  assert.equal(got?.raw, raw);
  assert.equal(got?.signature, hubSignature(raw, appSecret));
  const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/users/${ana}`);
  assert.deepEqual(
    [body.name, body.user_id, body.window.open, body.verdict],
    ['Ana', 'US.777', true, 'fine'],
  );
  const { body: number } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}`);
  assert.ok(number.upstream.health.last_webhook_at !== null);
});

test('a batch is split into items, with numbers and letters unchanged', async (t) => {
  const { gateway, receiver } = await startListening(t);
  const contacts = [
    { profile: { name: 'Ana Müller' }, wa_id: ana },
    { profile: { name: 'Ben' }, wa_id: ben },
  ];
  const statuses = [
    { id: 'wamid.out', status: 'sent', timestamp: metaTime(), recipient_id: ben },
    { id: 'wamid.out', status: 'delivered', timestamp: metaTime(), recipient_id: ben },
  ];
  const raw = metaWebhook({
    contacts,
    messages: [metaMessage(ana, 'wamid.a', { n: '@' }), metaMessage(ben, 'wamid.b')],
    statuses,
  }).replace('"@"', '1.10');
  await postMetaWebhook(gateway, raw);
  await receiver.until(4);
  const told = receiver.received.map(({ value }) => [
    value.contacts?.map((one: { wa_id: string }) => one.wa_id),
    value.messages?.[0].id ?? value.statuses[0].status,
    value.metadata.phone_number_id,
  ]);
  assert.deepEqual(
    told.toSorted((one, other) => String(one[1]).localeCompare(String(other[1]))),
    [
      [[ben], 'delivered', demoNumber],
      [[ben], 'sent', demoNumber],
      [[ana], 'wamid.a', demoNumber],
      [[ben], 'wamid.b', demoNumber],
    ],
  );
  const ofAna = receiver.received.find(({ value }) => value.messages?.[0].id === 'wamid.a');
  assert.match(ofAna?.raw ?? '', /"n":1\.10/);
  assert.match(ofAna?.raw ?? '', /M\\u00fcller/);
});

test('a repeated message or status is passed on once', async (t) => {
  const { gateway, receiver } = await startListening(t);
  const told = metaMessage(ana, 'wamid.1');
  const first = metaWebhook({ messages: [told] });
  await postMetaWebhook(gateway, first);
  await postMetaWebhook(gateway, first);
  await postMetaWebhook(gateway, metaWebhook({ messages: [told, metaMessage(ana, 'wamid.2')] }));
  const timestamp = metaTime();
  const status = (word: string) =>
    metaWebhook({ statuses: [{ id: 'wamid.out', status: word, timestamp, recipient_id: ana }] });
  for (const word of ['sent', 'sent', 'delivered', 'delivered']) await postMetaWebhook(gateway, status(word));
  await postMetaWebhook(gateway, metaWebhook({ event: 'x' }, { field: 'account_update' }));
  await postMetaWebhook(gateway, metaWebhook({ event: 'x' }, { field: 'account_update' }));
  await receiver.until(5);
  const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/traffic`);
  assert.equal(body.data.at(-1).admitted, 2);
  assert.equal(receiver.received.length, 5);
});

test('items about the business account are passed on, and items about an unknown number are not', async (t) => {
  const { gateway, receiver } = await startListening(t);
  const ofAccount = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      { id: waba, changes: [{ value: { event: 'APPROVED' }, field: 'message_template_status_update' }] },
    ],
  });
  assert.equal((await postMetaWebhook(gateway, ofAccount)).status, 200);
  assert.equal(
    (await postMetaWebhook(gateway, metaWebhook({ messages: [metaMessage(ana, 'x')] }, { number: '42' })))
      .status,
    200,
  );
  assert.equal(
    (
      await postMetaWebhook(gateway, metaWebhook({ messages: [metaMessage(ana, 'x')] }, { number: '42' }), {
        secret: 'no',
      })
    ).status,
    403,
  );
  await receiver.until(1);
  assert.deepEqual(
    receiver.received.map(({ raw }) => raw),
    [ofAccount],
  );
});

test('a standing block: the user writes, is blocked at Meta, and the message is not passed on', async (t) => {
  const meta = await startServer(t);
  const { gateway } = await startGateway(t, { meta });
  const receiver = await startReceiver(t);
  await gateway.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: receiver.webhook() });
  // Meta sends a webhook to the gateway, as to any integration.
  const told = await meta.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, {
    body: {
      webhook: {
        url: `${gateway.url}/webhooks/meta`,
        app_secret: metaAppSecret,
        verify_token: metaVerifyToken,
      },
    },
  });
  assert.equal(told.status, 200, JSON.stringify(told.body));
  const placed = await gateway.call('POST', '/blockhouse/v1/blocks', {
    body: { users: [ana], numbers: ['*'], when_closed: 'standing', note: 'spam' },
  });
  assert.equal(placed.body.results[0].outcome, 'standing');
  await meta.write(ben);
  await receiver.until(1);
  await meta.write(ana, ana);
  await eventually(
    'the standing block was placed at Meta',
    async () => (await meta.list()).body.data.length > 0,
  );
  await meta.write(ben, ana);
  await receiver.until(2);
  assert.deepEqual(
    receiver.received.map(({ value }) => value.messages[0].from),
    [ben, ben],
  );
  assert.deepEqual((await meta.list()).body.data[0].wa_id, ana);
  await eventually('the standing block was placed', async () => {
    const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/standing-blocks`);
    return body.total === 0;
  });
  const { body: list } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`);
  assert.deepEqual(
    list.data.map(({ wa_id, note, source }: Record<string, unknown>) => [wa_id, note, source]),
    [[ana, 'spam', 'standing']],
  );
  const { body: why } = await gateway.call('GET', `/blockhouse/v1/users/${ana}`);
  assert.deepEqual([why.verdict, why.numbers[0].dropped], ['blocked', 2]);
});

test("while Meta does not answer, the user's messages are held back, and the block is placed as soon as it does", async (t) => {
  const meta = await startServer(t);
  let isSilent = false;
  const proxy = await startProxy(t, meta.url, (_nth, { method }) =>
    isSilent && method === 'POST' ? upstreamFailures['a reset before'] : null,
  );
  const { gateway } = await startGateway(t, {
    meta: { ...meta, url: proxy.url },
    over: { upstreamDeadlineMs: 300 },
  });
  const receiver = await startReceiver(t);
  await gateway.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: receiver.webhook() });
  await gateway.call('POST', '/blockhouse/v1/standing-blocks', { body: { users: [ana], numbers: ['*'] } });
  await meta.write(ana);
  isSilent = true;
  assert.equal(
    (await postMetaWebhook(gateway, metaWebhook({ messages: [metaMessage(ana, 'wamid.1')] }))).status,
    200,
  );
  assert.equal(
    (await postMetaWebhook(gateway, metaWebhook({ messages: [metaMessage(ana, 'wamid.2')] }))).status,
    200,
  );
  const waiting = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/standing-blocks`);
  assert.equal(waiting.body.total, 1);
  isSilent = false;
  await eventually('the user was blocked at Meta', async () => (await meta.list()).body.data.length === 1);
  await postMetaWebhook(gateway, metaWebhook({ messages: [metaMessage(ben, 'wamid.3')] }));
  await receiver.until(1);
  assert.deepEqual(
    receiver.received.map(({ value }) => value.messages[0].id),
    ['wamid.3'],
  );
});

test('a standing block by business-scoped user ID applies to a user whose phone is hidden', async (t) => {
  const meta = await startServer(t);
  const { gateway } = await startGateway(t, { meta });
  await meta.call('PUT', `/sandbox/users/${ana}`, { body: { hide_phone: true, name: 'Ana' } });
  const userId = (await meta.call('GET', `/sandbox/users/${ana}`)).body.numbers[demoNumber].user_id;
  const order = { users: [userId], numbers: ['*'] };
  assert.equal(
    (await gateway.call('POST', '/blockhouse/v1/standing-blocks', { body: order })).body.results[0].outcome,
    'standing',
  );
  await meta.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, {
    body: {
      webhook: {
        url: `${gateway.url}/webhooks/meta`,
        app_secret: metaAppSecret,
        verify_token: metaVerifyToken,
      },
    },
  });
  await meta.write(ana);
  await eventually('the user was blocked at Meta', async () => (await meta.list()).body.data.length === 1);
  await eventually('the block was noted', async () => {
    const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`);
    return body.data[0]?.source === 'standing';
  });
  const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`);
  assert.deepEqual([body.data[0].wa_id, body.data[0].user_id, body.data[0].name], [null, userId, 'Ana']);
});

test('one webhook about several numbers of one app reaches each of them', async (t) => {
  const { meta, gateway, receiver } = await startListening(t);
  const { body: other } = await meta.call('POST', '/blockhouse/v1/numbers', {
    body: { display_phone_number: '+1 555 078 3882' },
  });
  await addCloudNumber(
    gateway,
    { base_url: meta.url, token: meta.key },
    { id: other.id, phone: '+1 555 078 3882' },
  );
  const one = JSON.parse(metaWebhook({ messages: [metaMessage(ana, 'wamid.1')] }));
  const two = JSON.parse(metaWebhook({ messages: [metaMessage(ana, 'wamid.2')] }, { number: other.id }));
  const both = JSON.stringify({ ...one, entry: [...one.entry, ...two.entry] });
  assert.equal((await postMetaWebhook(gateway, both)).status, 200);
  await receiver.until(1);
  const { body } = await gateway.call('GET', `/blockhouse/v1/users/${ana}`);
  assert.deepEqual(
    body.numbers.map(({ verdict }: { verdict: string }) => verdict),
    ['fine', 'no_webhook'],
  );
});
