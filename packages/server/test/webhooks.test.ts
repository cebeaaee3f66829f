// Shows that a receiver gets exactly the admitted messages, in Meta's format, signed and in order.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { WhatsAppAPI } from 'whatsapp-api-js';
import { demoNumber, type Running, startServer } from './harness.ts';
import { appSecret, startReceiver, verifyToken } from './receiver.ts';

const ana = '16505551234';
const ben = '14155559876';
const numberPath = `/blockhouse/v1/numbers/${demoNumber}`;

const say = ({ call }: Running, user: string, text: string) =>
  call('POST', `/sandbox/users/${user}/messages`, { body: { text } });
const send = ({ call }: Running, body: object) =>
  call('POST', `/${demoNumber}/messages`, { body: { messaging_product: 'whatsapp', ...body } });

test('a receiver is accepted if it passes the handshake, and its secrets are never shown', async (t) => {
  const { call } = await startServer(t);
  const { webhook } = await startReceiver(t);
  const { status, body } = await call('PATCH', numberPath, { body: webhook() });
  assert.equal(status, 200);
  assert.deepEqual(body.webhook, {
    url: webhook().webhook.url,
    app_secret_set: true,
    verify_token_set: true,
    health: { state: 'unknown', last_attempt_at: null, problem: null },
  });
  const listed = JSON.stringify((await call('GET', '/blockhouse/v1/numbers')).body);
  assert.ok(!listed.includes(appSecret) && !listed.includes(verifyToken));
  const moved = await call('PATCH', numberPath, {
    body: { webhook: { url: `${webhook().webhook.url}/new` } },
  });
  assert.equal(moved.body.webhook.url, `${webhook().webhook.url}/new`);
  assert.equal((await call('PATCH', numberPath, { body: { webhook: null } })).body.webhook, null);
});

test('a failed handshake reports the expected and the received response, and changes nothing', async (t) => {
  const { call } = await startServer(t);
  const { webhook } = await startReceiver(t);
  const set = async (over: object) => {
    const { status, body } = await call('PATCH', numberPath, {
      body: { webhook: { ...webhook().webhook, ...over } },
    });
    assert.deepEqual([status, body.error.code], [400, 100]);
    assert.equal((await call('GET', numberPath)).body.webhook, null);
    return body.error.message as string;
  };
  assert.match(await set({ verify_token: 'wrong' }), /webhook\.url.*expects status 200.*got status 403/);
  assert.match(await set({ url: 'http://127.0.0.1:1/' }), /got none: .*ECONNREFUSED/);
  assert.match(await set({ url: 'http://nowhere.invalid/' }), /got none: .*nowhere\.invalid/);
  assert.match(await set({ url: 'http://10.0.0.1/' }), /10\.0\.0\.1 is not a public address/);
  assert.match(await set({ url: 'ftp://127.0.0.1/' }), /must be an http or https address/);
  assert.match(await set({ url: 'http://user:pass@127.0.0.1/' }), /must not carry credentials/);
  const missing = await call('PATCH', numberPath, { body: { webhook: { url: webhook().webhook.url } } });
  assert.match(missing.body.error.message, /webhook\.app_secret is required/);
});

test('admitted messages arrive in order and signed, and dropped messages do not arrive', async (t) => {
  const running = await startServer(t);
  const { webhook, received, until } = await startReceiver(t);
  await running.call('PUT', `/sandbox/users/${ana}`, { body: { name: 'Ána 💐', username: '@ana' } });
  await running.call('PATCH', numberPath, { body: webhook() });
  for (let count = 1; count <= 5; count++) await say(running, ana, `grüß ${count}`);
  await running.block(ana);
  assert.equal((await say(running, ana, 'hidden')).body.status, 'sent');
  await say(running, ben, 'last');
  await until(6);

  const anas = received.filter(({ value }) => value.contacts[0].wa_id === ana);
  assert.deepEqual(
    anas.map(({ value }) => value.messages[0].text.body),
    [1, 2, 3, 4, 5].map((count) => `grüß ${count}`),
  );
  assert.ok(!received.some(({ raw }) => raw.includes('hidden')));

  const { raw, value } = anas[0]!;
  assert.match(raw, /^[ -~]+$/);
  assert.ok(raw.includes('gr\\u00fc\\u00df') && raw.includes('\\ud83d\\udc90'));
  const { user_id } = (await running.call('GET', `/sandbox/users/${ana}`)).body.numbers[demoNumber];
  const { id, timestamp } = value.messages[0];
  assert.deepEqual(value, {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '15550783881', phone_number_id: demoNumber },
    contacts: [{ profile: { name: 'Ána 💐', username: '@ana' }, wa_id: ana, user_id }],
    messages: [{ from: ana, from_user_id: user_id, id, timestamp, type: 'text', text: { body: 'grüß 1' } }],
  });
  assert.match(timestamp, /^\d{10}$/);
  const envelope = JSON.parse(raw);
  assert.deepEqual([envelope.object, envelope.entry[0].id], ['whatsapp_business_account', '102290129340398']);
  assert.equal(envelope.entry[0].changes[0].field, 'messages');

  const api = new WhatsAppAPI({ token: 'x', appSecret, secure: true, v: 'v24.0' });
  for (const one of received) assert.equal(await api.verifyRequestSignature(one.raw, one.signature), true);
  assert.equal(await api.verifyRequestSignature(`${raw} `, anas[0]!.signature), false);
});

test('no webhook contains a hidden phone', async (t) => {
  const running = await startServer(t);
  const { webhook, received, until } = await startReceiver(t);
  await running.call('PATCH', numberPath, { body: webhook() });
  await running.call('PUT', `/sandbox/users/${ana}`, { body: { hide_phone: true, username: '@ana' } });
  const { body: sent } = await say(running, ana, 'hi');
  await until(1);
  const [{ value }] = received as [(typeof received)[0]];
  assert.deepEqual(Object.keys(value.contacts[0]), ['profile', 'user_id']);
  assert.deepEqual(Object.keys(value.messages[0]), ['from_user_id', 'id', 'timestamp', 'type', 'text']);
  assert.equal(value.messages[0].id, sent.id);
  const { user_id: recipient } = value.contacts[0];
  await send(running, { recipient, type: 'text' });
  await until(2);
  const status = received[1]!.value.statuses[0];
  assert.equal(status.recipient_user_id, recipient);
  assert.equal('recipient_id' in status, false);
});

test('a send has the statuses sent and delivered, then read after the user reads it, or failed outside the window', async (t) => {
  const running = await startServer(t);
  const { webhook, received, until } = await startReceiver(t);
  await running.call('PATCH', numberPath, { body: webhook() });
  await say(running, ana, 'hi');
  const { body: sent } = await send(running, { to: ana, type: 'text' });
  const { id } = sent.messages[0];
  await running.call('POST', `/sandbox/users/${ana}/reads`, { body: { message_id: id } });
  await until(4);
  const statuses = received.slice(1).map(({ value }) => value.statuses[0]);
  assert.deepEqual(
    statuses.map((one) => [one.id, one.status]),
    [
      [id, 'sent'],
      [id, 'delivered'],
      [id, 'read'],
    ],
  );
  assert.deepEqual(statuses[0].pricing.category, 'service');
  assert.equal(received[1]!.value.contacts[0].wa_id, ana);

  await running.advance('25h');
  const { status, body: late } = await send(running, { to: ana, type: 'text' });
  assert.equal(status, 200);
  await until(5);
  const { value } = received[4]!;
  assert.deepEqual(value.contacts, [{ wa_id: ana }]);
  assert.deepEqual(
    { ...value.statuses[0], timestamp: '' },
    {
      id: late.messages[0].id,
      status: 'failed',
      timestamp: '',
      recipient_id: ana,
      errors: [
        {
          code: 131047,
          title: 'Re-engagement message',
          message: 'Re-engagement message',
          error_data: {
            details:
              'Message failed to send because more than 24 hours have passed since the customer last replied to this number.',
          },
          href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/',
        },
      ],
    },
  );
  await send(running, { to: ana, type: 'template' });
  await until(7);
  assert.deepEqual(
    received.slice(5).map(({ value: { statuses } }) => statuses[0].status),
    ['sent', 'delivered'],
  );
  await send(running, { to: '15550100004', type: 'template' });
  await until(8);
  assert.equal(received[7]!.value.statuses[0].errors[0].code, 131026);
});

test('a repeated message causes one webhook within 24 hours', async (t) => {
  const { call, advance } = await startServer(t);
  const { webhook, received, until } = await startReceiver(t);
  await call('PATCH', numberPath, { body: webhook() });
  const hand = (id: string) =>
    call('POST', `${numberPath}/inbound`, { body: { messages: [{ from: ana, id, type: 'text' }] } });
  for (const id of ['a', 'a', 'b']) assert.deepEqual((await hand(id)).body.admitted, [id]);
  await until(2);
  await advance('24h');
  await hand('a');
  await until(3);
  assert.deepEqual(
    received.map(({ value }) => value.messages[0].id),
    ['a', 'b', 'a'],
  );
});

test('a message brings the name if the directory has none, and a message of any type is forwarded unchanged', async (t) => {
  const { call } = await startServer(t);
  const { webhook, received, until } = await startReceiver(t);
  await call('PATCH', numberPath, { body: webhook() });
  const reaction = { type: 'reaction', reaction: { message_id: 'wamid.x', emoji: '\ud83d\udc4d' } };
  const contacts = [{ wa_id: ana, profile: { name: 'Ana from the message' } }];
  await call('POST', `${numberPath}/inbound`, {
    body: { contacts, messages: [{ from: ana, timestamp: '1', ...reaction }] },
  });
  await until(1);
  const { contacts: sentContacts, messages } = received[0]!.value;
  assert.equal(sentContacts[0].profile.name, 'Ana from the message');
  assert.deepEqual(messages[0].reaction, reaction.reaction);
});

test('two concurrent changes of a webhook are both kept', async (t) => {
  const { call, write } = await startServer(t);
  const one = await startReceiver(t);
  await call('PATCH', numberPath, { body: one.webhook() });
  // The handshake of the first change ends after the second change.
  const arrived = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const signatures: string[] = [];
  const delivered = Promise.withResolvers<string>();
  const other = createServer(async (request, response) => {
    if (request.method === 'GET') {
      arrived.resolve();
      await released.promise;
      response.end(new URL(request.url ?? '/', 'http://x').searchParams.get('hub.challenge'));
      return;
    }
    let raw = '';
    for await (const chunk of request.setEncoding('latin1')) raw += chunk;
    signatures.push(String(request.headers['x-hub-signature-256']));
    delivered.resolve(raw);
    response.end();
  }).listen(0, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
  const moving = call('PATCH', numberPath, { body: { webhook: { url } } });
  await arrived.promise;
  await call('PATCH', numberPath, { body: { webhook: { app_secret: 'another app secret' } } });
  released.resolve();
  assert.equal((await moving).body.webhook.url, url);
  await write('16505551234');
  const raw = await delivered.promise;
  assert.deepEqual(signatures, [
    `sha256=${createHmac('sha256', 'another app secret').update(raw).digest('hex')}`,
  ]);
});
