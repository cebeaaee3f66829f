// Shows that the contents of messages are kept, encrypted, for a limited time, that rules are tried on them, and that a rule
// that would hit known users needs a confirmation.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber, startServer } from './harness.ts';
import { eventually } from './waiting.ts';

const ana = '16505551234';
const ben = '14155559876';
const cem = '4915123456789';

const secrets = ['a secret of at least thirty-two characters'.replaceAll(' ', '_')];
const keeping = { secrets, keepMessagesMs: 7 * 86_400_000 };

const loans = { name: 'Loans', when: { text: { words: ['loan'] } }, action: { type: 'block' } };

async function start(t: Parameters<typeof startServer>[0], over = {}) {
  const server = await startServer(t, over);
  const write = (from: string, body: string) =>
    server.call('POST', `/blockhouse/v1/numbers/${demoNumber}/inbound`, {
      body: { messages: [{ from, type: 'text', text: { body } }] },
    });
  const replay = (more = {}) =>
    server.call('POST', '/blockhouse/v1/rules/replay', { body: { rule: loans, ...more } });
  return { ...server, write, replay };
}

test('a rule is tried on the messages of the last days', async (t) => {
  const { write, replay, call, advance } = await start(t, keeping);
  assert.equal((await call('GET', '/blockhouse/v1/rules')).body.messages_kept_for, '168h');
  await write(ana, 'a loan for you');
  await advance('30h');
  await write(ben, 'a loan for you, too');
  await write(ben, 'are you there?');
  await write(cem, 'hello');
  const { samples, ...counts } = (await replay()).body;
  assert.deepEqual(counts, { messages: 4, matched: 2, dropped: 1, users: 2, known_users: 0 });
  assert.deepEqual(
    samples.map(({ wa_id: waId, message }: { wa_id: string; message: { text: { body: string } } }) => [
      waId,
      message.text.body,
    ]),
    [
      [ana, 'a loan for you'],
      [ben, 'a loan for you, too'],
    ],
  );
  assert.equal((await replay({ last: '24h' })).body.messages, 3);
  const { status, body } = await replay({ last: 'soon' });
  assert.equal(status, 400);
  assert.match(body.error.message, /last must be a span such as 24h - got "soon"/);
});

test('messages are deleted when they are older than they are to be kept', async (t) => {
  const { write, replay, advance, server } = await start(t, keeping);
  await write(ana, 'a loan');
  assert.equal((await replay()).body.messages, 1);
  await advance('8d');
  assert.equal((await replay()).body.messages, 0);
  await eventually('the batch is deleted', async () => {
    const batches = await server.store.keptMessages.list(demoNumber, { sinceMs: 0, before: null, count: 10 });
    return batches.length === 0;
  });
});

test('kept messages are encrypted, and left out when their secret is not configured any more', async (t) => {
  const { write, replay, server } = await start(t, keeping);
  await write(ana, 'a loan for you');
  await replay();
  const all = { sinceMs: 0, before: null, count: 10 };
  const batches = await server.store.keptMessages.list(demoNumber, all);
  assert.deepEqual(
    batches.map(({ messages }) => messages),
    [1],
  );
  assert.ok(!JSON.stringify(batches).includes('loan'));
  const [{ encrypted } = { encrypted: '' }] = batches;
  const other = await start(t, { ...keeping, secrets: ['x'.repeat(32)] });
  await other.server.store.keptMessages.add(demoNumber, {
    id: 'a',
    atMs: Date.now(),
    messages: 1,
    encrypted,
  });
  await other.write(ben, 'hello');
  assert.equal((await other.replay()).body.messages, 1, 'only what can be read');
});

test('a server that keeps nothing says so', async (t) => {
  const { write, replay, call, server } = await start(t);
  await write(ana, 'a loan');
  const { status, body } = await replay();
  assert.equal(status, 400);
  assert.match(
    body.error.message,
    /this server keeps no messages. To keep them, set BLOCKHOUSE_KEEP_MESSAGES/,
  );
  assert.equal((await call('GET', '/blockhouse/v1/rules')).body.messages_kept_for, null);
  assert.deepEqual(
    await server.store.keptMessages.list(demoNumber, { sinceMs: 0, before: null, count: 10 }),
    [],
  );
});

test('a rule that would hit users who are known needs a confirmation', async (t) => {
  const { write, call, advance } = await start(t, keeping);
  await write(cem, 'hello');
  await advance('2d');
  await write(cem, 'can I have a loan?');
  for (const from of [ana, ben]) await write(from, 'a loan');
  const create = (more: object) =>
    call('POST', '/blockhouse/v1/rules', {
      body: { ...loans, mode: 'enforce', includes_customers: true, ...more },
    });
  const refused = await create({});
  assert.equal(refused.status, 409, JSON.stringify(refused.body));
  assert.match(refused.body.error.message, /would have matched 3 users .* 1 of them are known to you/);
  assert.deepEqual((await call('GET', '/blockhouse/v1/rules')).body.data, []);
  assert.equal(
    (await create({ name: 'Others', includes_customers: false })).status,
    201,
    'customers are spared',
  );
  const { status, body: rule } = await create({ mode: 'observe' });
  assert.equal(status, 201);
  const path = `/blockhouse/v1/rules/${rule.id}`;
  assert.equal((await call('PATCH', path, { body: { mode: 'enforce' } })).status, 409);
  const apply = (more = {}) =>
    call('PUT', '/blockhouse/v1/rules', {
      body: { rules: [{ ...loans, mode: 'enforce', includes_customers: true }], ...more },
    });
  assert.equal((await apply()).status, 409);
  const confirmed = await call('PATCH', path, { body: { mode: 'enforce', confirm: true } });
  assert.deepEqual([confirmed.status, confirmed.body.mode], [200, 'enforce']);
  assert.equal((await apply({ confirm: true })).status, 200);
  assert.equal((await apply()).status, 200, 'a rule that stays as it is needs none');
});
