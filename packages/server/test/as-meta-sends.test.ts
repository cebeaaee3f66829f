// Shows that the sandbox checks recipients as strictly as Meta does, and sends webhooks in exactly the same
// bytes.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { demoNumber, type Running, startServer } from './harness.ts';
import { appSecret, startReceiver } from './receiver.ts';

const ana = '16505551234';
const text = { type: 'text', text: { body: 'hi' } };

const send = ({ call }: Running, body: object, at = `/${demoNumber}/messages`) =>
  call('POST', at, { body: { messaging_product: 'whatsapp', ...text, ...body } });

async function startListening(t: TestContext) {
  const running = await startServer(t);
  const receiver = await startReceiver(t);
  await running.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: receiver.webhook() });
  return { running, ...receiver };
}

test('a recipient must have a country calling code and no leading zeros', async (t) => {
  const running = await startServer(t);
  await running.write('33612345678');
  for (const to of ['33612345678', '+33612345678', '+33 6 12 34-56-78', '(+33) 612345678']) {
    const { status, body } = await send(running, { to });
    assert.equal(status, 200, to);
    assert.deepEqual(body.contacts, [{ input: to, wa_id: '33612345678' }]);
  }
  for (const to of [
    '0033612345678',
    '+0033612345678',
    '00 33 612345678',
    '0612345678',
    'tel:+33612345678',
    '',
  ]) {
    for (const at of [`/${demoNumber}/messages`, `/api/v25.0/${demoNumber}/messages`]) {
      const { status, body } = await send(running, { to }, at);
      assert.deepEqual([status, body.error.code], [400, 100], to);
      assert.match(
        body.error.message,
        to.includes('0') && !to.startsWith('tel')
          ? /Param to must begin with the country calling code/
          : /Param to must be a phone number/,
      );
    }
  }
});

test('a number cannot send to itself', async (t) => {
  const running = await startServer(t);
  for (const at of [`/${demoNumber}/messages`, `/api/v25.0/${demoNumber}/messages`]) {
    for (const type of ['text', 'template']) {
      const { status, body } = await send(running, { to: '+1 (555) 078-3881', type }, at);
      assert.equal(status, 400);
      assert.equal(body.error.message, '(#131021) Recipient cannot be sender');
      assert.deepEqual(body.error.error_data, {
        messaging_product: 'whatsapp',
        details: 'Recipient cannot be sender',
      });
    }
  }
});

test('a receiver that signs parsed and reserialized JSON computes another signature', async (t) => {
  const { running, received, until } = await startListening(t);
  for (const body of ['a/b', 'a@b', '100%', 'a<b', 'é']) {
    await running.call('POST', `/sandbox/users/${ana}/messages`, { body: { text: body } });
  }
  await until(5);
  const escapes = ['a\\/b', 'a\\u0040b', '100\\u0025', 'a\\u003Cb', '\\u00e9'];
  const sign = (bytes: string) => `sha256=${createHmac('sha256', appSecret).update(bytes).digest('hex')}`;
  received.forEach(({ raw, signature }, index) => {
    assert.ok(raw.includes(`"body":"${escapes[index]}"`), raw);
    assert.equal(signature, sign(raw));
    assert.notEqual(signature, sign(JSON.stringify(JSON.parse(raw))));
  });
});

test('the contact of a status has no profile, and the contact of a failed status has no user ID', async (t) => {
  const { running, received, until } = await startListening(t);
  await running.call('PUT', `/sandbox/users/${ana}`, { body: { name: 'Ana', username: '@ana' } });
  await running.write(ana);
  const { body } = await send(running, { to: ana });
  await running.call('POST', `/sandbox/users/${ana}/reads`, { body: { message_id: body.messages[0].id } });
  await until(4);
  const userId = received[0]!.value.contacts[0].user_id;
  for (const { value } of received.slice(1))
    assert.deepEqual(value.contacts, [{ wa_id: ana, user_id: userId }]);
  await send(running, { to: '15550100004', type: 'template' });
  await running.advance('25h');
  await send(running, { to: ana });
  await until(6);
  assert.deepEqual(
    received.slice(4).map(({ value: { contacts, statuses } }) => [contacts, statuses[0].status]),
    [
      [[{ wa_id: '15550100004' }], 'failed'],
      [[{ wa_id: ana }], 'failed'],
    ],
  );
});

test('biz_opaque_callback_data is in every status of its message', async (t) => {
  const { running, received, until } = await startListening(t);
  await running.write(ana);
  const data = { biz_opaque_callback_data: 'order 7' };
  const { body } = await send(running, { to: ana, ...data });
  await running.call('POST', `/sandbox/users/${ana}/reads`, { body: { message_id: body.messages[0].id } });
  await send(running, { to: '15550100004', ...data });
  await send(running, { to: ana });
  await until(7);
  const seen = received
    .flatMap(({ value }) => value.statuses ?? [])
    .map((status) => [status.status, status.biz_opaque_callback_data]);
  assert.deepEqual(
    seen.toSorted(([one], [other]) => one.localeCompare(other)),
    [
      ['delivered', 'order 7'],
      ['delivered', undefined],
      ['failed', 'order 7'],
      ['read', 'order 7'],
      ['sent', 'order 7'],
      ['sent', undefined],
    ],
  );
  const long = await send(running, { to: ana, biz_opaque_callback_data: 'x'.repeat(513) });
  assert.match(long.body.error.message, /biz_opaque_callback_data must have at most 512 characters/);
});
