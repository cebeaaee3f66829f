// Shows that auto-block rules work on numbers at Meta: the sender is blocked there by their own message, and what is held
// leaves byte for byte when it is released.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { demoNumber } from '../harness.ts';
import { startReceiver } from '../receiver.ts';
import { eventually } from '../waiting.ts';
import { startGateway } from './gateway.ts';
import { deliverMetaWebhook, metaMessage, metaWebhook, postMetaWebhook } from './meta-webhook.ts';

const ana = '16505551234';
const ben = '14155559876';

async function start(t: TestContext, rule: object) {
  const { meta, gateway } = await startGateway(t);
  const receiver = await startReceiver(t);
  await gateway.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: receiver.webhook() });
  const made = await gateway.call('POST', '/blockhouse/v1/rules', {
    body: {
      name: 'Loans',
      mode: 'enforce',
      when: { text: { words: ['loan'] } },
      action: { type: 'block' },
      ...rule,
    },
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const message = (from: string, id: string, body: string) => metaMessage(from, id, { text: { body } });
  const listed = async () =>
    ((await meta.list()).body.data as { wa_id: string }[]).map(({ wa_id: user }) => user);
  return { meta, gateway, receiver, rule: made.body, message, listed };
}

test('the sender is blocked at Meta by their message, the business hears nothing of them, and undo unblocks there', async (t) => {
  const { meta, gateway, receiver, rule, message, listed } = await start(t, {});
  // Meta's window of the user is open: they have written there.
  await meta.write(ana, ben);
  const messages = [message(ana, 'wamid.1', 'Need a loan?'), message(ben, 'wamid.2', 'hello')];
  await deliverMetaWebhook(gateway, { messages: [...messages, message(ana, 'wamid.3', 'hello?')] });
  await receiver.until(1);
  await eventually('the block is placed at Meta', async () => (await listed()).includes(ana));
  const { body: list } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`);
  const [{ source, key, note }] = list.data;
  assert.deepEqual([source, key, note], ['rule', { id: rule.id, name: 'Loans' }, 'Loans']);
  assert.deepEqual(
    receiver.received.map(({ value }) => value.messages[0].from),
    [ben],
  );
  const undone = await gateway.call('POST', `/blockhouse/v1/rules/${rule.id}/undo`, {
    body: { since: '2020-01-01T00:00:00Z' },
  });
  assert.deepEqual(undone.body, { unblocked: 1, failed: 0 });
  assert.deepEqual(await listed(), []);
});

test('a block that Meta refuses is not shown as one: the standing block waits, and messages stay away', async (t) => {
  const { gateway, receiver, rule, message, listed } = await start(t, {
    action: { type: 'block', keep_message: true },
  });
  // The user has not written to Meta's number, so that the window is closed there.
  await deliverMetaWebhook(gateway, { messages: [message(ana, 'wamid.1', 'Need a loan?')] });
  await deliverMetaWebhook(gateway, {
    messages: [message(ana, 'wamid.2', 'hello?'), message(ben, 'wamid.3', 'hi')],
  });
  await receiver.until(1);
  assert.deepEqual(await listed(), []);
  const standing = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/standing-blocks`);
  assert.deepEqual([standing.body.total, standing.body.data[0].source], [1, 'rule']);
  await eventually('the review shows the refusal', async () => {
    const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/reviews`);
    const [{ kind, sender }] = body.data;
    assert.deepEqual([body.total, kind, sender.state], [1, 'kept', 'standing']);
    return sender.refused === 'window_closed';
  });
  const since = { since: '2020-01-01T00:00:00Z' };
  const undone = await gateway.call('POST', `/blockhouse/v1/rules/${rule.id}/undo`, { body: since });
  assert.equal(undone.status, 200, JSON.stringify(undone.body));
  const path = `/blockhouse/v1/numbers/${demoNumber}/standing-blocks`;
  assert.equal((await gateway.call('GET', path)).body.total, 0, 'undo withdraws what waits');
});

test('a held message is released with its original bytes, in its place', async (t) => {
  const { gateway, receiver, message } = await start(t, { action: { type: 'hold' } });
  const raw = metaWebhook({ messages: [message(ana, 'wamid.1', 'Need a loan?')] });
  assert.equal((await postMetaWebhook(gateway, raw)).status, 200);
  await deliverMetaWebhook(gateway, { messages: [message(ana, 'wamid.2', 'hello?')] });
  await deliverMetaWebhook(gateway, { messages: [message(ben, 'wamid.3', 'hi')] });
  await receiver.until(1);
  // Meta delivers again what it believes to be lost.
  assert.equal((await postMetaWebhook(gateway, raw)).status, 200);
  const path = `/blockhouse/v1/numbers/${demoNumber}/reviews`;
  const { body } = await gateway.call('GET', path);
  assert.equal(body.total, 1);
  await gateway.call('POST', path, { body: { ids: [body.data[0].id], decision: 'release' } });
  await receiver.until(3);
  assert.equal(receiver.received[1]?.raw, raw);
  assert.deepEqual(
    receiver.received.map(({ value }) => value.messages[0].id),
    ['wamid.3', 'wamid.1', 'wamid.2'],
  );
});

test('statuses of messages that the business sent make a user a customer', async (t) => {
  const { gateway, receiver, message } = await start(t, {});
  const status = { id: 'wamid.out', status: 'sent', timestamp: '1700000000', recipient_id: ana };
  await deliverMetaWebhook(gateway, { statuses: [status] });
  await deliverMetaWebhook(gateway, { messages: [message(ana, 'wamid.1', 'a loan')] });
  await receiver.until(2);
});

test('a rule on all numbers blocks at Meta whom it has blocked here, and here whom it has blocked at Meta', async (t) => {
  const { meta, gateway, message, listed } = await start(t, { action: { type: 'block', numbers: '*' } });
  const local = '88';
  const made = await gateway.call('POST', '/blockhouse/v1/numbers', {
    body: { id: local, display_phone_number: '+49 30 123456' },
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  await meta.write(ana, ben);
  await deliverMetaWebhook(gateway, { messages: [message(ana, 'wamid.1', 'Need a loan?')] });
  await gateway.call('POST', `/blockhouse/v1/numbers/${local}/inbound`, {
    body: { messages: [{ from: ben, type: 'text', text: { body: 'a loan' } }] },
  });
  await eventually('both are blocked at Meta', async () => {
    const users = await listed();
    return users.includes(ana) && users.includes(ben);
  });
  await eventually('the local number waits for Ana', async () => {
    const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${local}/standing-blocks`);
    return body.data.some(({ wa_id: waId }: { wa_id: string }) => waId === ana);
  });
});
