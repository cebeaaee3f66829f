// Shows the webhook about matches of a rule: the first of each effect on a number within an hour, signed like all others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber, startServer } from './harness.ts';
import { startReceiver } from './receiver.ts';

test('a rule with notify tells the business once an hour for each effect', async (t) => {
  const { call, advance } = await startServer(t, { webhookTargets: 'loopback' });
  const receiver = await startReceiver(t);
  await call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: receiver.webhook() });
  const { body: rule } = await call('POST', '/blockhouse/v1/rules', {
    body: {
      name: 'Loans',
      mode: 'enforce',
      when: { text: { words: ['loan'] } },
      action: { type: 'block' },
      blocks_per_hour: 2,
      notify: true,
    },
  });
  assert.equal(rule.notify, true, JSON.stringify(rule));
  const silent = { name: 'Silent', mode: 'observe', when: { sender: 'new' }, action: { type: 'flag' } };
  await call('POST', '/blockhouse/v1/rules', { body: silent });
  const write = async (from: number, id = `wamid.${from}`) =>
    (
      await call('POST', `/blockhouse/v1/numbers/${demoNumber}/inbound`, {
        body: { messages: [{ id, from: String(from), type: 'text', text: { body: 'a loan' } }] },
      })
    ).body;
  for (const from of [16505550001, 16505550002, 16505550003]) await write(from);
  await receiver.until(3);
  const told = () => receiver.received.filter(({ raw }) => raw.includes('blockhouse.rule_matched'));
  assert.deepEqual(
    told().map(({ value }) => [value.rule.name, value.effect, value.wa_id, value.message_id]),
    [
      ['Loans', 'block', '16505550001', 'wamid.16505550001'],
      ['Loans', 'limited', '16505550003', 'wamid.16505550003'],
    ],
  );
  const { object, entry } = JSON.parse(told()[0]?.raw ?? '');
  assert.deepEqual(
    [object, entry[0].changes[0].field, entry[0].changes[0].value.metadata.phone_number_id],
    ['blockhouse', 'blockhouse.rule_matched', demoNumber],
  );

  await advance('3h');
  await write(16505550004);
  await receiver.until(4);
  assert.deepEqual(
    told().map(({ value }) => value.effect),
    ['block', 'limited', 'block'],
  );
});
