// Shows the deliveries of a number: what waits, what was delivered, sending again, and a test of the receiver.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Blockhouse } from '@blockhouse/client';
import { demoNumber, startServer } from './harness.ts';
import { startReceiver } from './receiver.ts';

const path = `/blockhouse/v1/numbers/${demoNumber}`;

async function start(t: Parameters<typeof startServer>[0], answer?: Parameters<typeof startReceiver>[1]) {
  const receiver = await startReceiver(t, answer);
  const running = await startServer(t);
  const { status } = await running.call('PATCH', path, { body: receiver.webhook() });
  assert.equal(status, 200);
  const write = (from: string) =>
    running.call('POST', `${path}/inbound`, { body: { messages: [{ from, type: 'text' }] } });
  const client = new Blockhouse({ baseUrl: running.url, token: running.key });
  return { receiver, running, write, deliveries: client.deliveries };
}

test('a delivered webhook is listed, and sent again', async (t) => {
  const { receiver, write, deliveries } = await start(t);
  await write('16505551234');
  await receiver.until(1);
  const delivered = async () => (await deliveries.page(demoNumber, { state: 'delivered' })).rows;
  while ((await delivered()).length === 0) await new Promise(setImmediate);
  const [one] = await delivered();
  assert.deepEqual([one?.waId, one?.attemptCount, one?.lastAttempt?.status], ['16505551234', 1, 200]);
  await deliveries.redeliver(demoNumber, one?.id ?? '');
  await receiver.until(2);
  assert.equal(receiver.received[0]?.raw, receiver.received[1]?.raw);
  await assert.rejects(deliveries.redeliver(demoNumber, '1'), { name: 'NotFoundError' });
});

test('webhooks that a broken receiver has refused wait, are listed in pages, and are sent at once when asked', async (t) => {
  let isBroken = true;
  const { receiver, write, deliveries } = await start(t, (_request, response) => {
    response.writeHead(isBroken ? 500 : 200).end();
  });
  for (const user of ['16505551234', '14155559876']) await write(user);
  await receiver.until(2);
  const waiting = await deliveries.page(demoNumber, { state: 'waiting', limit: 1 });
  assert.equal(waiting.rows.length, 1);
  assert.notEqual(waiting.after, null);
  const next = await deliveries.page(demoNumber, { state: 'waiting', after: waiting.after ?? '' });
  assert.deepEqual([next.rows.length, next.after], [1, null]);
  isBroken = false;
  await deliveries.retryNow(demoNumber);
  await receiver.until(4);
});

test('a test sends the sample of Meta once, signed, and says what the receiver made of it', async (t) => {
  let status = 200;
  const { receiver, deliveries } = await start(t, (_request, response) => response.writeHead(status).end());
  assert.deepEqual(await deliveries.test(demoNumber), { delivered: true, status: 200, problem: null });
  const [sample] = receiver.received;
  assert.equal(sample?.value.messages[0].from, '16315551181');
  assert.equal(sample?.value.metadata.phone_number_id, demoNumber);
  assert.match(sample?.signature ?? '', /^sha256=[0-9a-f]{64}$/);
  status = 404;
  const refused = await deliveries.test(demoNumber);
  assert.deepEqual([refused.delivered, refused.status], [false, 404]);
  assert.match(refused.problem ?? '', /404/);
});

test('what cannot be: a test without a webhook, an unknown state, an agent who sends again', async (t) => {
  const running = await startServer(t);
  const client = new Blockhouse({ baseUrl: running.url, token: running.key });
  await assert.rejects(client.deliveries.test(demoNumber), /has no webhook/);
  const unknown = await running.call('GET', `${path}/deliveries?state=lost`);
  assert.equal(unknown.status, 400);
  assert.match(JSON.stringify(unknown.body), /waiting, delivered, given_up/);
  const { body } = await running.call('POST', '/blockhouse/v1/keys', {
    body: { name: 'Ben', role: 'agent', numbers: ['*'] },
  });
  const agent = new Blockhouse({ baseUrl: running.url, token: body.key });
  assert.deepEqual((await agent.deliveries.page(demoNumber)).rows, []);
  await assert.rejects(agent.deliveries.retryNow(demoNumber), { name: 'PermissionError' });
});
