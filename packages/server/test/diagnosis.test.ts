// Shows the diagnosis of a user whose messages stopped arriving: each verdict has its own advice, for one
// number and for all numbers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verdicts } from '@blockhouse/client/wire';
import { demoNumber, startServer } from './harness.ts';
import { startReceiver } from './receiver.ts';
import { eventually } from './waiting.ts';

const path = `/blockhouse/v1/numbers/${demoNumber}`;
const ana = '16505551234';

async function start(t: Parameters<typeof startServer>[0], status = 200) {
  const running = await startServer(t);
  const { call } = running;
  const receiver = await startReceiver(t, (_request, response) => {
    response.writeHead(status).end();
  });
  await call('PATCH', path, { body: receiver.webhook() });
  await call('POST', '/blockhouse/v1/numbers', { body: { id: '77', display_phone_number: '+49 30 123456' } });
  const at = async (user = ana) => (await call('GET', `${path}/users/${user}`)).body;
  return { ...running, receiver, at };
}

test('every verdict has advice of its own', () => {
  assert.equal(new Set(Object.values(verdicts)).size, Object.keys(verdicts).length);
});

test('a blocked user: the time, the actor, the note, and the dropped messages', async (t) => {
  const { call, write, at } = await start(t);
  await write(ana);
  const body = { users: [ana], numbers: [demoNumber], note: 'rude' };
  await call('POST', '/blockhouse/v1/blocks', { body, headers: { 'x-blockhouse-person': 'Eve' } });
  await write(ana, ana);
  const found = await at('+1 (650) 555-1234');
  assert.deepEqual([found.verdict, found.advice], ['blocked', verdicts.blocked]);
  const { blocked } = found;
  assert.deepEqual(
    [blocked.person, blocked.note, blocked.dropped, blocked.key.name],
    ['Eve', 'rude', 2, 'Demo'],
  );
  assert.ok(blocked.since <= blocked.last_dropped_at);
  const all = (await call('GET', `/blockhouse/v1/users/${found.user_id}`)).body;
  assert.deepEqual([all.verdict, all.numbers.length], ['blocked', 2]);
  assert.deepEqual(all.numbers[1].blocked_at_numbers, [demoNumber]);
});

test('a user who is blocked on another number', async (t) => {
  const { call, write, at } = await start(t);
  await write(ana);
  await call('POST', '/blockhouse/v1/numbers/77/inbound', { body: { messages: [{ from: ana }] } });
  await call('POST', '/blockhouse/v1/blocks', { body: { users: [ana], numbers: ['77'] } });
  const found = await at();
  assert.deepEqual([found.verdict, found.blocked_at_numbers], ['blocked_elsewhere', ['77']]);
});

test('a user with a standing block', async (t) => {
  const { call, at } = await start(t);
  await call('POST', '/blockhouse/v1/standing-blocks', {
    body: { users: [ana], numbers: ['*'], note: 'spam' },
  });
  const found = await at();
  assert.deepEqual([found.verdict, found.standing.note], ['standing', 'spam']);
});

test('a user whose window is closed, and a user who never wrote', async (t) => {
  const { write, at, advance, receiver } = await start(t);
  assert.equal((await at()).verdict, 'never_wrote');
  await write(ana);
  await receiver.until(1);
  const open = await eventually('the webhook was acknowledged', at, ({ verdict }) => verdict === 'fine');
  assert.equal(open.window.open, true);
  await advance('25h');
  const found = await at();
  assert.deepEqual([found.verdict, found.window.open], ['window_closed', false]);
  assert.ok(found.window.can_be_blocked_until > found.window.last_inbound_at);
});

test('a number whose webhook fails, and a number without a webhook', async (t) => {
  const { call, write, at, receiver } = await start(t, 500);
  await write(ana);
  await receiver.until(1);
  const found = await eventually(
    'an attempt had failed',
    at,
    ({ last_failed_webhook }) => last_failed_webhook !== null,
  );
  assert.equal(found.verdict, 'webhook_failing');
  assert.match(found.last_failed_webhook.problem, /status 500; only 200 acknowledges/);
  await call('PATCH', path, { body: { webhook: null } });
  assert.equal((await at()).verdict, 'no_webhook', 'nobody can look at a receiver that is gone');
  await call('POST', '/blockhouse/v1/numbers/77/inbound', { body: { messages: [{ from: ana }] } });
  assert.equal((await call('GET', `/blockhouse/v1/numbers/77/users/${ana}`)).body.verdict, 'no_webhook');
});

test('a user who is not on WhatsApp, and a text that is not a user', async (t) => {
  const { call, at } = await start(t);
  await call('PUT', `/sandbox/users/${ana}`, { body: { kind: 'none' } });
  assert.equal((await at()).verdict, 'not_on_whatsapp');
  const nobody = await call('GET', `${path}/users/nobody`);
  assert.equal(nobody.status, 400);
  assert.match(nobody.body.error.message, /names no user: "nobody"/);
});
