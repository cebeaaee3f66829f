// Shows the story of auto-block rules: a flood of strangers is blocked by its own messages, customers are not touched, and
// undo gives everything back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
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

/** Rules that a business that serves Brazil switches on. */
const rules = [
  {
    name: 'Countries that we do not serve',
    mode: 'enforce',
    when: { country: { not_in: ['BR'] }, sender: 'new', rate: { over: 3, within: '10m', of: 'sender' } },
    action: { type: 'block', note: 'A stranger who writes and writes' },
    blocks_per_hour: 5_000,
  },
];

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

test('2,000 strangers among 200 customers: every stranger is blocked, no customer is, and undo gives all back', async (t) => {
  const server = await startServer(t, { webhookTargets: 'loopback' });
  const { call, advance } = server;
  // The customers have written before, days ago.
  await writeAll(server, customers, 0);
  await advance('3d');
  const receiver = await startReceiver(t);
  await call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: receiver.webhook() });
  const put = await call('PUT', '/blockhouse/v1/rules', { body: { rules } });
  assert.equal(put.status, 200, JSON.stringify(put.body));
  const [rule] = put.body.data;

  const sum = { admitted: 0, dropped: 0, held: 0 };
  for (let round = 1; round <= messagesEach; round++) {
    for (const users of [strangers, customers]) {
      const counts = await writeAll(server, users, round);
      for (const kind of ['admitted', 'dropped', 'held'] as const) sum[kind] += counts[kind];
    }
  }
  // A stranger's first three messages pass, and the fourth one blocks them.
  const admitted = strangersCount * 3 + customersCount * messagesEach;
  const all = (strangersCount + customersCount) * messagesEach;
  assert.deepEqual(sum, { admitted, dropped: all - admitted, held: 0 });

  await receiver.until(admitted);
  const heard = Map.groupBy(receiver.received, ({ value }) => value.messages[0].from as string);
  for (const customer of customers) assert.equal(heard.get(customer)?.length, messagesEach, customer);
  for (const stranger of strangers) assert.equal(heard.get(stranger)?.length, 3, stranger);

  const list = `/blockhouse/v1/numbers/${demoNumber}/blocks?limit=1`;
  const { body: blocks } = await call('GET', list);
  assert.equal(blocks.total, strangersCount);
  const [{ source, key, note }] = blocks.data;
  assert.deepEqual([source, key.name, note], ['rule', rule.name, rules[0]?.action.note]);
  const { body: counted } = await call('GET', '/blockhouse/v1/rules');
  assert.deepEqual(counted.data[0].last_24_hours, { matched: strangersCount, acted: strangersCount });
  const { body: traffic } = await call('GET', `/blockhouse/v1/numbers/${demoNumber}/traffic`);
  const received = traffic.data.reduce(
    (total: number, hour: { admitted: number; dropped: number; held: number }) =>
      total + hour.admitted + hour.dropped + hour.held,
    0,
  );
  assert.equal(received, all, 'no message is lost or counted twice');

  const { body: why } = await call('GET', `/blockhouse/v1/users/${strangers[0]}`);
  assert.equal(why.verdict, 'blocked');

  const undone = await call('POST', `/blockhouse/v1/rules/${rule.id}/undo`, {
    body: { since: '2020-01-01T00:00:00Z' },
  });
  assert.deepEqual(undone.body, { unblocked: strangersCount, failed: 0 });
  await eventually('nobody is blocked', async () => (await call('GET', list)).body.total === 0);
});
