// Shows what the command line says of numbers at Meta: whose error it is, who has to act, and whether webhooks come in.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { platformProblems } from '@blockhouse/client/wire';
import { type FakeAnswer, startFakeMeta } from '../../server/test/gateway/fake-meta.ts';
import { metaAppSecret, startGatewayTo } from '../../server/test/gateway/gateway.ts';
import { graphError } from '../../server/test/gateway/upstream-proxy.ts';
import { adminKey, demoNumber } from '../../server/test/harness.ts';
import { blockhouse, rows } from './run.ts';

const json = { 'content-type': 'application/json' };
const empty: FakeAnswer = { headers: json, body: '{"data":[]}' };
const subscribed: FakeAnswer = {
  headers: json,
  body: '{"data":[{"whatsapp_business_api_data":{"id":"67","name":"Shop"}}]}',
};

const failure = (code: number, status: number): FakeAnswer => ({
  status,
  headers: json,
  body: graphError(code, `(#${code}) Meta's own words`),
});

/** A gateway with one number; `now` is what Meta answers about blocklists, and about subscriptions. */
async function start(t: TestContext) {
  const now = { list: empty, apps: empty };
  const meta = await startFakeMeta(t, ({ method, path, query }) => {
    if (query.get('fields') === 'verified_name') return { headers: json, body: '{"id":"1"}' };
    if (!path.endsWith('/subscribed_apps')) return now.list;
    if (method !== 'POST') return now.apps;
    now.apps = subscribed;
    return { headers: json, body: '{"success":true}' };
  });
  const gateway = await startGatewayTo(
    t,
    { base_url: meta.url, token: 'EAAJB-token' },
    { upstreamDeadlineMs: 200 },
  );
  const env = { BLOCKHOUSE_URL: gateway.url, BLOCKHOUSE_KEY: adminKey };
  const keyOf = async (role: string) => {
    const body = { name: role, role, numbers: [demoNumber] };
    return (await gateway.call('POST', '/blockhouse/v1/keys', { body })).body.key as string;
  };
  const run = (...args: string[]) => blockhouse(args, { env });
  const as = async (role: string, ...args: string[]) =>
    blockhouse(args, { env: { ...env, BLOCKHOUSE_KEY: await keyOf(role), BLOCKHOUSE_NUMBER: demoNumber } });
  const doctor = async (found: { readonly stdout: string }) =>
    Object.fromEntries(rows(found.stdout).map(({ check, ok, finding }) => [check, { ok, finding }]));
  return { meta, gateway, now, run, as, doctor };
}

async function sendWebhook(gateway: Awaited<ReturnType<typeof start>>['gateway']) {
  const { createHmac } = await import('node:crypto');
  const value = { messaging_product: 'whatsapp', metadata: { phone_number_id: demoNumber }, statuses: [] };
  const entry = [{ id: '102290129340398', changes: [{ field: 'messages', value }] }];
  const body = JSON.stringify({ object: 'whatsapp_business_account', entry });
  const signature = `sha256=${createHmac('sha256', metaAppSecret).update(body).digest('hex')}`;
  const headers = { ...json, 'x-hub-signature-256': signature };
  return fetch(`${gateway.url}/webhooks/meta`, { method: 'POST', headers, body });
}

test('a number at Meta that has received no webhook does not get all ticks; subscribing is offered, and done', async (t) => {
  const { gateway, run, doctor } = await start(t);
  const first = await run('doctor', '--json');
  assert.equal(first.code, 1);
  const before = await doctor(first);
  assert.deepEqual(
    [before['URL']?.ok, before['Permission']?.ok, before['Meta']?.ok, before['Webhooks']?.ok],
    [true, true, true, false],
  );
  assert.match(
    before['Webhooks']?.finding,
    /No app is subscribed .* run "blockhouse numbers subscribe \d+"\./,
  );
  assert.deepEqual(before['Receiver'], {
    ok: null,
    finding: 'The number has no webhook, so no program receives its messages.',
  });
  assert.match((await run('numbers', 'subscribe', demoNumber)).stdout, /^Meta sends webhooks of number/);
  const quiet = await doctor(await run('doctor', '--json'));
  assert.equal(quiet['Webhooks']?.ok, null);
  assert.match(quiet['Webhooks']?.finding, /Meta has not sent a webhook yet\. Subscribed: Shop \(67\)\./);
  assert.equal((await sendWebhook(gateway)).status, 200);
  const after = await run('doctor');
  assert.equal(after.code, 0);
  assert.match(after.stdout, /^✓ Webhooks +Meta last sent a webhook at .*Subscribed: Shop \(67\)\.$/m);
});

test('what a key may not look at is no tick', async (t) => {
  const { gateway, now, as, doctor } = await start(t);
  now.apps = subscribed;
  await sendWebhook(gateway);
  const agent = await doctor(await as('agent', 'doctor', '--json'));
  assert.equal(agent['Meta']?.ok, true);
  assert.equal(agent['Webhooks']?.ok, null);
  assert.match(agent['Webhooks']?.finding, /Only a key with the role admin may ask/);
  const app = await as('app', 'doctor');
  assert.match(app.stdout, /^– Meta +Only a key with the role admin or agent can see/m);
  assert.doesNotMatch(app.stdout, /Webhooks|Receiver/);
});

for (const [code, status, kind] of [
  [190, 401, 'token'],
  [10, 403, 'permission'],
  [131005, 403, 'permission'],
  [368, 403, 'account'],
  [131031, 400, 'account'],
] as const) {
  test(`${code} of Meta's is said of the ${kind}, and not of the caller's key`, async (t) => {
    const { now, run, as, doctor } = await start(t);
    now.list = failure(code, status);
    const advice = platformProblems[kind];
    for (const looked of [await run('doctor', '--json'), await as('app', 'doctor', '--json')]) {
      assert.equal(looked.code, 1);
      const { URL: url, Key: key, Number: number, Permission: permission, Meta: meta } = await doctor(looked);
      assert.deepEqual(
        [url?.ok, key?.ok, number?.ok, permission?.ok, meta?.ok],
        [true, true, true, null, false],
      );
      assert.ok(meta?.finding.includes(advice), meta?.finding);
    }
    for (const args of [
      ['block', '16505551234'],
      ['block', '16505551234', '--note', 'spam'],
      ['unblock', '16505551235'],
      ['list'],
    ]) {
      const { code: exit, stderr } = await run(...args);
      assert.equal(exit, 1);
      assert.ok(stderr.includes(advice), stderr);
      assert.equal(stderr.split(advice).length, 2, 'it is said once');
      assert.doesNotMatch(stderr, /Give a valid key|Use a key whose role/);
    }
    assert.match(
      (await run('numbers')).stdout,
      /cloud \(failing\)[\s\S]*Meta refuses or fails\. .*Meta's own words/,
    );
  });
}

test("a key of Blockhouse's own that is refused is still said to be that", async (t) => {
  const { gateway, as, doctor } = await start(t);
  const env = { BLOCKHOUSE_URL: gateway.url, BLOCKHOUSE_KEY: 'nope', BLOCKHOUSE_NUMBER: demoNumber };
  const wrong = await blockhouse(['list'], { env });
  assert.match(wrong.stderr, /Set a valid key with --key/);
  const found = await doctor(await blockhouse(['doctor', '--json'], { env }));
  assert.equal(found['Key']?.ok, false);
  assert.equal(found['Meta'], undefined);
  assert.match((await as('app', 'keys')).stderr, /Use a key whose role allows this/);
});

test("a limit of Meta's is no fault of the server, and says when to try again", async (t) => {
  const { now, run, doctor } = await start(t);
  now.list = { ...failure(80007, 400), headers: { ...json, 'retry-after': '3600' } };
  const found = await doctor(await run('doctor', '--json'));
  assert.deepEqual([found['URL']?.ok, found['Meta']?.ok], [true, false]);
  assert.match(
    found['Meta']?.finding,
    /^Meta limits requests\. .*You do not have to act\. The pause ends at /,
  );
  assert.match((await run('numbers')).stdout, /cloud \(limited\)/);
});

test('a Meta that cannot be reached is no fault of the server', async (t) => {
  const { now, run, doctor } = await start(t);
  now.list = { status: 503, body: '<h1>Sorry</h1>' };
  const found = await doctor(await run('doctor', '--json'));
  assert.deepEqual([found['URL']?.ok, found['Key']?.ok, found['Meta']?.ok], [true, true, false]);
  assert.ok(found['Meta']?.finding.includes(platformProblems.unreachable), found['Meta']?.finding);
});

test('a refused unblock is not told to block', async (t) => {
  const { now, run } = await start(t);
  const errors = [
    {
      code: 131047,
      message: 'Re-engagement required',
      error_data: { details: 'User has not messaged in the last 24 hours' },
    },
  ];
  const failed_users = [{ input: '16505551234', wa_id: '16505551234', errors }];
  const lists = { added_users: [], removed_users: [], failed_users };
  now.list = {
    headers: json,
    body: JSON.stringify({ messaging_product: 'whatsapp', block_users: lists }),
  };
  assert.match((await run('block', '16505551234')).stdout, /Block the user after their next message/);
  for (const args of [
    ['unblock', '16505551234'],
    ['unblock', '16505551234', '--note', 'sorry'],
  ]) {
    const { code, stdout } = await run(...args);
    assert.equal(code, 2, stdout);
    assert.doesNotMatch(stdout, /can be blocked|next write/);
    assert.match(stdout, /The user was not unblocked/);
  }
});
