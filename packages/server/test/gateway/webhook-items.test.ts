// Shows that no item of a webhook of Meta's is lost or repeated: items that differ in anything are different items.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { demoNumber } from '../harness.ts';
import { startReceiver } from '../receiver.ts';
import { startGateway } from './gateway.ts';
import { deliverMetaWebhook } from './meta-webhook.ts';

const seconds = String(Math.floor(Date.now() / 1000));
const one = '16505551111';
const two = '16505552222';

async function startListening(t: TestContext) {
  const { gateway } = await startGateway(t);
  const receiver = await startReceiver(t);
  await gateway.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: receiver.webhook() });
  const hand = (value: object) => deliverMetaWebhook(gateway, value);
  return { receiver, hand };
}

test("each participant's status of a message to a group is forwarded once", async (t) => {
  const { receiver, hand } = await startListening(t);
  const statuses = [one, two].map((participant) => ({
    id: 'wamid.G9',
    status: 'read',
    timestamp: seconds,
    recipient_id: 'group',
    recipient_type: 'group',
    recipient_participant_id: participant,
  }));
  await hand({ statuses });
  await hand({ statuses });
  await hand({ statuses: [{ ...statuses[0], timestamp: String(Number(seconds) + 1) }] });
  await receiver.until(3);
  assert.deepEqual(
    receiver.received
      .map(({ value: { statuses: told } }) => `${told[0].recipient_participant_id} ${told[0].timestamp}`)
      .toSorted(),
    [`${one} ${seconds}`, `${one} ${Number(seconds) + 1}`, `${two} ${seconds}`],
  );
});

test('two different messages under one ID are both forwarded', async (t) => {
  const { receiver, hand } = await startListening(t);
  const message = (body: string) => ({
    from: one,
    id: 'wamid.1',
    timestamp: seconds,
    type: 'text',
    text: { body },
  });
  await hand({ messages: [message('a'), message('b'), message('a')] });
  await hand({ messages: [message('b')] });
  await receiver.until(2);
  assert.deepEqual(receiver.received.map(({ value }) => value.messages[0].text.body).toSorted(), ['a', 'b']);
});

test('errors beside several messages are forwarded once, by themselves', async (t) => {
  const { receiver, hand } = await startListening(t);
  const message = (id: string) => ({
    from: one,
    id,
    timestamp: seconds,
    type: 'text',
    text: { body: 'hi' },
  });
  const errors = [{ code: 130429, title: 'Rate limit hit' }];
  await hand({ messages: [message('wamid.1'), message('wamid.2')], errors });
  await receiver.until(3);
  assert.deepEqual(
    receiver.received.map(({ value }) => [value.messages?.[0].id ?? null, value.errors ?? null]).toSorted(),
    [
      ['wamid.1', null],
      ['wamid.2', null],
      [null, errors],
    ].toSorted(),
  );
});
