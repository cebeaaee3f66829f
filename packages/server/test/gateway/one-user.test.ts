// Shows that a user at Meta is one user by phone and by ID, and that what is kept of them survives changes at Meta
// and requests without an answer.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import type { Config } from '@blockhouse/server';
import { listen } from '../../../../tools/listen.ts';
import { demoNumber, type Running, startServer } from '../harness.ts';
import { eventually } from '../waiting.ts';
import { addCloudNumber } from './gateway.ts';
import { deliverMetaWebhook } from './meta-webhook.ts';

const ana = '16505551234';

/** A Meta whose list the test writes. */
async function startMeta(t: Pick<TestContext, 'after'>) {
  const meta = {
    rows: [] as object[],
    asked: [] as string[],
    /** Requests of these methods are never answered. */
    silentTo: [] as string[],
    /** Changes are carried out when this is fulfilled. */
    heldUntil: Promise.resolve(),
  };
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    meta.asked.push(`${request.method} ${text}`);
    if (meta.silentTo.includes(request.method ?? '')) return;
    if (request.method !== 'GET') await meta.heldUntil;
    const users: readonly { user?: string; user_id?: string }[] =
      text === '' ? [] : JSON.parse(text).block_users;
    const rows = users.map(({ user, user_id }) => (user === undefined ? { user_id } : { wa_id: user }));
    if (request.method === 'POST') meta.rows.push(...rows);
    if (request.method === 'DELETE')
      meta.rows = meta.rows.filter((row) => !rows.some((one) => JSON.stringify(one) === JSON.stringify(row)));
    const named = users.map(({ user, user_id }) => ({ input: user ?? user_id, wa_id: user, user_id }));
    const list = request.method === 'POST' ? { added_users: named } : { removed_users: named };
    const body =
      request.method === 'GET' ? { data: meta.rows } : { messaging_product: 'whatsapp', block_users: list };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const url = await listen(t, server);
  return { meta, url };
}

async function start(t: Pick<TestContext, 'after'>, over: Partial<Config> = {}) {
  const { meta, url } = await startMeta(t);
  const gateway = await startServer(t, {
    secrets: ['x'.repeat(32)],
    upstreamRate: null,
    upstreamDeadlineMs: 2000,
    ...over,
  });
  await gateway.call('DELETE', `/blockhouse/v1/numbers/${demoNumber}`);
  await addCloudNumber(gateway, { base_url: url, token: 'EAAJB' });
  return { meta, gateway };
}

const wrote = (more: object, atMs = Date.now()) => ({
  messages: [
    { id: `wamid.${Math.random()}`, timestamp: String(Math.floor(atMs / 1000)), type: 'text', ...more },
  ],
});
const bothNames = { statuses: [{ id: 's', status: 'sent', recipient_id: ana, recipient_user_id: 'US.777' }] };

function ask(gateway: Running, path: string, body: object) {
  return gateway.call('POST', `/blockhouse/v1/${path}`, { body: { numbers: ['*'], ...body } });
}

test('a standing block by ID can be withdrawn by phone, once a webhook has linked the two', async (t) => {
  const { gateway } = await start(t);
  for (const name of ['US.777', ana]) {
    await ask(gateway, 'standing-blocks', { users: ['US.777'] });
    await deliverMetaWebhook(gateway, bothNames);
    const { body } = await gateway.call('GET', `/blockhouse/v1/users/${ana}`);
    assert.equal(body.verdict, 'standing');
    const gone = await ask(gateway, 'standing-blocks/withdrawals', { users: [name] });
    assert.deepEqual([gone.body.results[0].outcome, gone.body.results[0].changed], ['withdrawn', true], name);
  }
});

test('a user whose phone Meta no longer shows keeps note and end', async (t) => {
  const { meta, gateway } = await start(t);
  await deliverMetaWebhook(gateway, wrote({ from: ana, from_user_id: 'US.5' }));
  await ask(gateway, 'blocks', {
    users: [ana],
    note: 'why',
    until: new Date(Date.now() + 3_600_000).toISOString(),
  });
  meta.rows = [{ user_id: 'US.5' }];
  const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`);
  assert.deepEqual([body.data[0].note, body.data[0].source], ['why', 'api']);
  await gateway.advance('61m');
  assert.ok(meta.asked.some((one) => one.startsWith('DELETE')));
});

test('blocked again permanently after somebody unblocked them at Meta: the old expiry does not end it', async (t) => {
  const { meta, gateway } = await start(t);
  await ask(gateway, 'blocks', {
    users: [ana],
    note: 'old',
    until: new Date(Date.now() + 3_600_000).toISOString(),
  });
  meta.rows = [];
  // A list may show a change late: who is missing from it is gone after a minute.
  await gateway.advance('2m');
  await ask(gateway, 'blocks', { users: [ana], note: 'new' });
  await gateway.advance('61m');
  assert.ok(!meta.asked.some((one) => one.startsWith('DELETE')));
  const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`);
  assert.deepEqual([body.data[0].note, body.data[0].until], ['new', null]);
});

test('blocked again while the block holds at Meta, a user keeps what is left out; null clears it', async (t) => {
  const { gateway } = await start(t);
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const kept = async () => {
    const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`);
    return [body.data[0].note, body.data[0].until];
  };
  await ask(gateway, 'blocks', { users: [ana], note: 'spam', until });
  await gateway.advance('2m');
  await ask(gateway, 'blocks', { users: [ana], note: 'fraud' });
  assert.deepEqual(await kept(), ['fraud', until]);
  await gateway.block(ana);
  assert.deepEqual(await kept(), ['fraud', until]);
  await ask(gateway, 'blocks', { users: [ana], until: null });
  assert.deepEqual(await kept(), ['fraud', null]);
});

test('a standing block that is withdrawn while Meta is asked to block leaves nobody blocked', async (t) => {
  const { meta, gateway } = await start(t);
  await ask(gateway, 'standing-blocks', { users: [ana] });
  const goOn = Promise.withResolvers<void>();
  meta.heldUntil = goOn.promise;
  await deliverMetaWebhook(gateway, wrote({ from: ana }));
  const isAsked = (method: string) => meta.asked.some((one) => one.startsWith(method));
  await eventually('Meta was asked to block', () => isAsked('POST'));
  const gone = await ask(gateway, 'standing-blocks/withdrawals', { users: [ana] });
  assert.equal(gone.body.results[0].outcome, 'withdrawn');
  goOn.resolve();
  await eventually('Meta was asked to unblock', () => isAsked('DELETE'));
  await eventually('the list at Meta was empty', () => meta.rows.length === 0);
});

for (const { what, rows, status } of [
  // A row without a phone may be theirs: their phone may be hidden by now.
  { what: 'a list that could not show the user: not known', rows: [{ user_id: 'US.9' }], status: 500 },
  { what: 'a list that would show the user: done', rows: [{ wa_id: '14155559876' }], status: 200 },
])
  test(`an unblock that Meta never answers, and ${what}`, async (t) => {
    const { meta, gateway } = await start(t, { upstreamDeadlineMs: 500 });
    meta.rows = rows;
    meta.silentTo = ['DELETE'];
    const answer = await gateway.unblock(ana);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.ok(
      meta.asked.some((one) => one.startsWith('GET')),
      'the list was read',
    );
    if (status === 500) assert.match(answer.body.error.error_data.details, /not known/);
    else assert.equal(answer.body.block_users.removed_users[0].input, ana);
  });

test('a late message opens the window from when it was written', async (t) => {
  const { gateway } = await start(t);
  const sentAtMs = Date.now() - 23 * 3_600_000;
  await deliverMetaWebhook(gateway, wrote({ from: ana }, sentAtMs));
  const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/users/${ana}`);
  const closesAtMs = Date.parse(body.window.can_be_blocked_until);
  assert.ok(Math.abs(closesAtMs - sentAtMs - 24 * 3_600_000) <= 1000);
});

test('a repeated message is counted once, also without a receiver', async (t) => {
  const { gateway } = await start(t);
  const again = {
    messages: [{ id: 'wamid.same', timestamp: String(Math.floor(Date.now() / 1000)), from: ana }],
  };
  for (let time = 0; time < 3; time++) await deliverMetaWebhook(gateway, again);
  const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/traffic`);
  assert.equal(body.data.at(-1).admitted, 1);
});

test('a platform that does not answer does not keep the server from closing', async (t) => {
  const { meta, gateway } = await start(t);
  await ask(gateway, 'standing-blocks', { users: [ana] });
  meta.silentTo = ['GET', 'POST', 'DELETE'];
  await deliverMetaWebhook(gateway, wrote({ from: ana }));
  // It closes while Meta is being asked; the test would not end otherwise.
  await gateway.server.close();
});
