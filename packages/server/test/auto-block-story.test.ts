// Shows the story of auto-block rules, for a number here and for one at Meta. With the ready-made rules on, strangers are
// blocked by their own messages. The business receives only those of its customers. Undo unblocks everybody.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import { metaAppSecret, metaVerifyToken, startGateway } from './gateway/gateway.ts';
import { deliverMetaWebhook, metaTime } from './gateway/meta-webhook.ts';
import { demoNumber, type Running, startServer } from './harness.ts';
import { startReceiver } from './receiver.ts';
import { eventually } from './waiting.ts';

const strangersCount = 2_000;
const messagesEach = 10;
const customersCount = 200;
const atOnce = 500;

/** Strangers have a Kenyan number, customers a Brazilian one. */
const strangers = Array.from({ length: strangersCount }, (_, index) => String(254_700_000_000 + index));
const customers = Array.from({ length: customersCount }, (_, index) => String(5_511_900_000_000 + index));

const inbound = `/blockhouse/v1/numbers/${demoNumber}/inbound`;

/** The rules that ship with Blockhouse, all on. They serve Brazil and Portugal. */
function readyMadeRules(): { readonly rules: readonly { readonly name: string }[] } {
  const text = readFileSync(new URL('../../../examples/auto-block-rules.yaml', import.meta.url), 'utf8');
  return parse(text.replaceAll('mode: off', 'mode: enforce'));
}

/** Sends one message of each user, some at a time, and counts the outcomes. */
async function writeAll({ call }: Running, users: readonly string[], round: number) {
  const counts = { admitted: 0, dropped: 0, held: 0 };
  for (let start = 0; start < users.length; start += atOnce) {
    const messages = users.slice(start, start + atOnce).map((from) => ({
      id: `wamid.${from}.${round}`,
      from,
      type: 'text',
      text: { body: `Message ${round} of ${from}` },
    }));
    const { status, body } = await call('POST', inbound, { body: { messages } });
    assert.equal(status, 200, JSON.stringify(body));
    counts.admitted += body.admitted.length;
    counts.dropped += body.dropped.length;
    counts.held += body.held.length;
  }
  return counts;
}

/** Turns the ready-made rules on. @returns the one that blocks the strangers. */
async function turnOn({ call }: Running) {
  const { status, body } = await call('PUT', '/blockhouse/v1/rules', { body: readyMadeRules() });
  assert.equal(status, 200, JSON.stringify(body));
  const [rule] = body.data;
  assert.equal(rule.name, 'Countries that we do not serve');
  return rule;
}

async function startBusiness(t: TestContext, { call }: Running) {
  const receiver = await startReceiver(t);
  await call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: receiver.webhook() });
  return {
    /** Resolves when ten messages of every customer have arrived, and fails if one of anybody else has. */
    async receivesOnlyCustomers() {
      await receiver.until(customersCount * messagesEach);
      const heard = Map.groupBy(receiver.received, ({ value }) => value.messages[0].from as string);
      assert.deepEqual([...heard.keys()].toSorted(), customers.toSorted());
      for (const [customer, messages] of heard) assert.equal(messages.length, messagesEach, customer);
    },
  };
}

async function undo({ call }: Running, { id }: { id: string }) {
  const since = '2020-01-01T00:00:00Z';
  const undone = await call('POST', `/blockhouse/v1/rules/${id}/undo`, { body: { since } });
  assert.deepEqual(undone.body, { unblocked: strangersCount, failed: 0 });
}

test('2,000 strangers among 200 customers on a number here: each is blocked by their first message, and no customer is', async (t) => {
  const server = await startServer(t, { webhookTargets: 'loopback' });
  const { call, advance } = server;
  // The customers have written before, days ago.
  await writeAll(server, customers, 0);
  await advance('3d');
  const business = await startBusiness(t, server);
  const rule = await turnOn(server);

  const sum = { admitted: 0, dropped: 0, held: 0 };
  for (let round = 1; round <= messagesEach; round++) {
    for (const users of [strangers, customers]) {
      const counts = await writeAll(server, users, round);
      for (const kind of ['admitted', 'dropped', 'held'] as const) sum[kind] += counts[kind];
    }
  }
  const [admitted, dropped] = [customersCount * messagesEach, strangersCount * messagesEach];
  assert.deepEqual(sum, { admitted, dropped, held: 0 });
  await business.receivesOnlyCustomers();

  const list = `/blockhouse/v1/numbers/${demoNumber}/blocks?limit=1`;
  const { body: blocks } = await call('GET', list);
  assert.equal(blocks.total, strangersCount);
  const [{ source, key, note }] = blocks.data;
  assert.deepEqual([source, key.name, note], ['rule', rule.name, rule.name]);
  const { body: counted } = await call('GET', '/blockhouse/v1/rules');
  assert.deepEqual(counted.data[0].last_24_hours, { matched: strangersCount, acted: strangersCount });
  const { body: traffic } = await call('GET', `/blockhouse/v1/numbers/${demoNumber}/traffic`);
  const received = traffic.data.reduce(
    (total: number, hour: { admitted: number; dropped: number; held: number }) =>
      total + hour.admitted + hour.dropped + hour.held,
    0,
  );
  assert.equal(received, admitted + dropped, 'no message is lost or counted twice');
  const { body: why } = await call('GET', `/blockhouse/v1/users/${strangers[0]}`);
  assert.equal(why.verdict, 'blocked');

  await undo(server, rule);
  await eventually('nobody is blocked', async () => (await call('GET', list)).body.total === 0);
});

test('the same on a number at Meta, which blocks the strangers itself', async (t) => {
  const meta = await startServer(t, { webhookTargets: 'loopback' });
  const { gateway } = await startGateway(t, { meta });
  const webhook = {
    url: `${gateway.url}/webhooks/meta`,
    app_secret: metaAppSecret,
    verify_token: metaVerifyToken,
  };
  const hooked = await meta.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: { webhook } });
  assert.equal(hooked.status, 200, JSON.stringify(hooked.body));
  // The business has sent the customers messages before.
  const statuses = customers.map((customer) => ({
    id: `wamid.to.${customer}`,
    recipient_id: customer,
    status: 'delivered',
    timestamp: metaTime(),
  }));
  await deliverMetaWebhook(gateway, { statuses });
  const business = await startBusiness(t, gateway);
  const rule = await turnOn(gateway);
  const blockedAtMeta = async (): Promise<number> =>
    (await meta.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks?limit=1`)).body.total;

  for (let round = 1; round <= messagesEach; round++) {
    for (const users of [strangers, customers]) await writeAll(meta, users, round);
    if (round === 1)
      await eventually('Meta blocks every stranger', async () => (await blockedAtMeta()) === strangersCount);
  }
  await business.receivesOnlyCustomers();
  assert.equal(await blockedAtMeta(), strangersCount, 'no customer is blocked');
  const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks?limit=1`);
  assert.deepEqual(
    [body.total, body.data[0].source, body.data[0].key.name],
    [strangersCount, 'rule', rule.name],
  );
  const { body: reviews } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/reviews?limit=1`);
  assert.equal(reviews.total, strangersCount, 'the message that triggered each block is kept');

  await undo(gateway, rule);
  assert.equal(await blockedAtMeta(), 0);
});
