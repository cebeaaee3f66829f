// Shows that the health of a number at Meta names each problem and the person to act: errors in a row, restricted
// accounts, limits, refused tokens. It also says whether Meta sends webhooks.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { platformProblems } from '@blockhouse/client/wire';
import { demoNumber } from '../harness.ts';
import { type FakeAnswer, startFakeMeta } from './fake-meta.ts';
import { startGatewayTo } from './gateway.ts';
import { graphError } from './upstream-proxy.ts';

const json = { 'content-type': 'application/json' };
const empty: FakeAnswer = { headers: json, body: '{"data":[]}' };
const waba = '102290129340398';

async function start(t: TestContext, first: FakeAnswer = empty) {
  const now: { answer: FakeAnswer } = { answer: first };
  const meta = await startFakeMeta(t, ({ query, path }) => {
    if (query.get('fields') === 'verified_name')
      return { headers: json, body: '{"verified_name":"Ana\'s Shop","id":"1"}' };
    return path.endsWith('/subscribed_apps') && now.answer === empty
      ? { headers: json, body: '{"data":[]}' }
      : now.answer;
  });
  const gateway = await startGatewayTo(
    t,
    { base_url: meta.url, token: 'EAAJB-token' },
    { upstreamDeadlineMs: 200 },
  );
  const health = async () => {
    const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}`);
    return body.upstream.health;
  };
  meta.seen.length = 0;
  return { meta, gateway, health, now };
}

const failure = (status: number, code: number, headers: Record<string, string> = {}): FakeAnswer => ({
  status,
  headers: { ...json, ...headers },
  body: graphError(code, `(#${code}) Meta's own words`),
});

test('a number is well once Meta has answered at the set-up, and has the name that Meta gives it', async (t) => {
  const { gateway, health } = await start(t);
  assert.equal((await health()).state, 'ok');
  const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}`);
  assert.equal(body.verified_name, "Ana's Shop");
});

for (const [code, status, kind] of [
  [190, 401, 'token'],
  [10, 403, 'permission'],
  [200, 403, 'permission'],
  [368, 400, 'account'],
  [131031, 400, 'account'],
  [80007, 400, 'rate_limit'],
] as const) {
  test(`code ${code} is a problem of the ${kind}`, async (t) => {
    const { gateway, health, now } = await start(t);
    now.answer = failure(status, code);
    await gateway.list();
    const { state, problem, problem_kind, advice } = await health();
    assert.deepEqual(
      [state, problem, problem_kind, advice],
      [
        kind === 'rate_limit' ? 'limited' : 'failing',
        `(#${code}) Meta's own words`,
        kind,
        platformProblems[kind],
      ],
    );
    now.answer = empty;
    await gateway.list();
    assert.equal((await health()).state, 'ok');
  });
}

test('one error of Meta’s is no problem of the number; three in a row are', async (t) => {
  const { gateway, health, now } = await start(t);
  now.answer = failure(500, 131000);
  const send = () => gateway.call('GET', `/v25.0/${demoNumber}/settings`);
  await send();
  assert.equal((await health()).state, 'ok');
  await send();
  await send();
  assert.deepEqual([(await health()).state, (await health()).problem_kind], ['failing', 'failing']);
  now.answer = empty;
  await send();
  assert.equal((await health()).state, 'ok');
});

test('a refusal of a passed-through request ends no problem of the number', async (t) => {
  const { gateway, health, now } = await start(t);
  now.answer = failure(400, 368);
  await gateway.list();
  const before = await health();
  assert.equal(before.problem_kind, 'account');
  for (const [status, code] of [
    [400, 368],
    [403, 200],
    [404, 100],
  ] as const) {
    now.answer = failure(status, code);
    await gateway.call('GET', `/v25.0/${demoNumber}/settings`);
    assert.deepEqual(await health(), before);
  }
});

test('errors with a success in between are not in a row', async (t) => {
  const { gateway, health, now } = await start(t);
  for (const status of [500, 500, 404, 500]) {
    now.answer = failure(status, 100);
    await gateway.call('GET', `/v25.0/${demoNumber}/settings`);
  }
  assert.equal((await health()).state, 'ok');
});

test('a pause of an hour is kept, in Meta’s words, without asking again', async (t) => {
  const { meta, gateway, health, now } = await start(t);
  now.answer = failure(429, 130429, { 'retry-after': '3600' });
  await gateway.list();
  const asked = meta.seen.length;
  now.answer = empty;
  const kept = await gateway.list();
  assert.equal(meta.seen.length, asked);
  assert.deepEqual([kept.status, kept.body.error.message], [429, "(#130429) Meta's own words"]);
  const retryAfter = Number(kept.headers.get('retry-after'));
  assert.ok(retryAfter > 3500 && retryAfter <= 3600, String(retryAfter));
  const { state, paused_until } = await health();
  assert.equal(state, 'limited');
  assert.ok(Date.parse(paused_until) > Date.now() + 3_500_000);
});

test('a restriction or a pause is not forgotten when Meta answers something else', async (t) => {
  const { meta, gateway, health, now } = await start(t);
  const other = () => gateway.call('GET', `/v25.0/${demoNumber}/settings`);
  for (const code of [368, 10]) {
    now.answer = failure(403, code);
    await gateway.list();
    now.answer = empty;
    assert.equal((await other()).status, 200);
    assert.equal((await health()).state, 'failing');
    await gateway.list();
    assert.equal((await health()).state, 'ok');
  }
  now.answer = failure(429, 130429, { 'retry-after': '3600' });
  await gateway.list();
  now.answer = empty;
  const asked = meta.seen.length;
  assert.equal((await other()).status, 200);
  assert.equal(meta.seen.length, asked + 1);
  assert.equal((await health()).state, 'limited');
});

test("Meta's refusal of the server is told apart from a refusal of the caller's key", async (t) => {
  const { gateway, now } = await start(t);
  const own = `/blockhouse/v1/numbers/${demoNumber}/blocks`;
  for (const [code, status, kind] of [
    [190, 401, 'token'],
    [10, 403, 'permission'],
    [131005, 403, 'permission'],
    [368, 403, 'account'],
    [131031, 400, 'account'],
    [999, 403, 'permission'],
  ] as const) {
    now.answer = failure(status, code);
    const graph = await gateway.list();
    assert.deepEqual([graph.status, graph.headers.get('x-blockhouse-platform-problem')], [status, kind]);
    assert.equal(graph.body.error.error_data.details, platformProblems[kind]);
    const { status: ownStatus, headers } = await gateway.call('GET', own);
    assert.deepEqual([ownStatus, headers.get('x-blockhouse-platform-problem')], [502, kind]);
  }
  const refused = await gateway.call('GET', own, { key: 'nope' });
  assert.deepEqual([refused.status, refused.headers.get('x-blockhouse-platform-problem')], [401, null]);
});

test('the usage header names the time when Retry-After is missing', async (t) => {
  const { gateway, now } = await start(t);
  const usage =
    '{"1":[{"type":"whatsapp_business_management","call_count":100,"estimated_time_to_regain_access":19}]}';
  now.answer = failure(400, 80007, { 'x-business-use-case-usage': usage });
  await gateway.list();
  now.answer = empty;
  const kept = await gateway.list();
  assert.ok(Number(kept.headers.get('retry-after')) > 18 * 60);
});

test('whether Meta sends webhooks is asked, and can be changed', async (t) => {
  const { meta, gateway, now } = await start(t);
  const path = `/blockhouse/v1/numbers/${demoNumber}/subscription`;
  assert.deepEqual((await gateway.call('GET', path)).body, { subscribed: false, apps: [] });
  now.answer = { headers: json, body: '{"success":true}' };
  assert.deepEqual((await gateway.call('POST', path)).body, { success: true });
  assert.deepEqual(
    [meta.seen.at(-1)?.method, meta.seen.at(-1)?.path],
    ['POST', `/v25.0/${waba}/subscribed_apps`],
  );
  now.answer = {
    headers: json,
    body: '{"data":[{"whatsapp_business_api_data":{"id":"67","name":"Shop","link":"x"}}]}',
  };
  assert.deepEqual((await gateway.call('GET', path)).body, {
    subscribed: true,
    apps: [{ id: '67', name: 'Shop' }],
  });
  now.answer = failure(401, 190);
  const refused = await gateway.call('GET', path);
  assert.deepEqual([refused.status, refused.body.error.code], [502, 190]);
  const { body } = await gateway.call('POST', '/blockhouse/v1/keys', {
    body: { name: 'a', role: 'app', numbers: ['*'] },
  });
  assert.equal((await gateway.call('GET', path, { key: body.key })).status, 403);
});
