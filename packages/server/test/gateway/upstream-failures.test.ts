// Shows that requests to Meta are retried where a failure may pass, and that a lasting failure reaches the caller as it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber, startServer } from '../harness.ts';
import { addCloudNumber, startGateway } from './gateway.ts';
import { startProxy, type UpstreamFailure, upstreamFailures } from './upstream-proxy.ts';

const ana = '16505551234';
const ben = '14155559876';
const all = Object.entries(upstreamFailures) as [keyof typeof upstreamFailures, UpstreamFailure][];

/** These are said of the token, and do not pass. */
const lasting: readonly string[] = ['190', 'a lost permission'];

/** A gateway whose requests to Meta fail as the test says, once the number is set up. */
async function startFailing(t: Parameters<typeof startServer>[0], over: object = {}) {
  const meta = await startServer(t);
  const upstream: { failureOf: (nth: number) => UpstreamFailure | null } = { failureOf: () => null };
  const proxy = await startProxy(t, meta.url, (nth) => upstream.failureOf(nth));
  const { gateway } = await startGateway(t, {
    meta: { ...meta, url: proxy.url },
    over: { upstreamTimeoutMs: 250, upstreamDeadlineMs: 4000, ...over },
  });
  await meta.write(ana);
  return { meta, gateway, proxy, upstream };
}

for (const [name, failure] of all.filter(([name]) => !lasting.includes(name))) {
  test(`${name}, once: the request is retried and succeeds`, async (t) => {
    const { meta, gateway, upstream, proxy } = await startFailing(t);
    const from = proxy.seen.length;
    upstream.failureOf = (nth) => (nth === from + 1 ? failure : null);
    const answer = await gateway.block(ana, ben);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.deepEqual(answer.body.block_users.added_users, [{ input: ana, wa_id: ana }]);
    assert.deepEqual(
      answer.body.block_users.failed_users.map((one: { input: string }) => one.input),
      [ben],
    );
    assert.equal((await meta.list()).body.data.length, 1);
  });
}

for (const [name, failure] of all.filter(([, { kind }]) => kind !== 'answer')) {
  test(`${name}, every time: the list shows who is blocked`, async (t) => {
    const { meta, gateway } = await startFailing(t, { upstreamDeadlineMs: 700 });
    // Changes meet it, reading does not.
    let changes = 0;
    const proxy = await startProxy(t, meta.url, (_nth, { method }) => {
      if (method !== 'POST') return null;
      changes++;
      return failure;
    });
    await gateway.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, {
      body: { upstream: { base_url: proxy.url, token: meta.key } },
    });
    const answer = await gateway.block(ana);
    assert.ok(changes > 0);
    if (failure.after) {
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      assert.deepEqual(answer.body.block_users.added_users, [{ input: ana, wa_id: ana }]);
    } else {
      // It may still be on its way: nobody can know.
      assert.equal(answer.status, 500);
      assert.equal(answer.body.error.code, 139103);
      assert.equal(answer.body.error.is_transient, true);
      assert.match(answer.body.error.error_data.details, /not known/);
      assert.deepEqual((await meta.list()).body.data, []);
    }
    const { body } = await gateway.call('GET', '/blockhouse/v1/activity');
    assert.equal(body.data[0].outcome, failure.after ? 'done' : 'unknown');
  });
}

test('139103 every time: the list shows that nothing was applied', async (t) => {
  const { gateway, upstream, proxy } = await startFailing(t, { upstreamDeadlineMs: 700 });
  upstream.failureOf = (nth) => (proxy.seen[nth - 1]?.method === 'POST' ? upstreamFailures['139103'] : null);
  const answer = await gateway.block(ana);
  // Meta's own words, with the trace ID that its support asks for.
  assert.deepEqual([answer.status, answer.body], [500, JSON.parse(upstreamFailures['139103'].body)]);
  const { body } = await gateway.call('GET', '/blockhouse/v1/activity');
  assert.equal(body.data[0].outcome, 'failed');
});

test('when the list cannot be read either, the outcome is unknown', async (t) => {
  const { gateway, upstream } = await startFailing(t, { upstreamDeadlineMs: 600 });
  upstream.failureOf = () => upstreamFailures['a reset after'];
  const answer = await gateway.block(ana);
  assert.equal(answer.status, 500);
  assert.match(answer.body.error.error_data.details, /not known/);
});

for (const name of ['190', 'a lost permission', '130429 with Retry-After', '130429 without'] as const) {
  test(`${name}, every time: Meta's own words reach the caller`, async (t) => {
    const { gateway, upstream } = await startFailing(t, { upstreamDeadlineMs: 600 });
    const failure = upstreamFailures[name];
    upstream.failureOf = () => failure;
    const said = JSON.parse(failure.body).error;
    for (const answer of [await gateway.block(ana), await gateway.unblock(ana), await gateway.list()]) {
      assert.equal(answer.status, failure.status);
      const { error_data: _, ...error } = answer.body.error;
      if (answer.body.error.fbtrace_id === said.fbtrace_id) assert.deepEqual(error, said);
      else assert.equal(error.code, said.code);
    }
    if (name === '130429 with Retry-After') {
      assert.match((await gateway.list()).headers.get('retry-after') ?? '', /^1$/);
    }
    const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}`);
    const isToken = name === '190' || name === 'a lost permission';
    assert.equal(body.upstream.health.state, isToken ? 'failing' : 'limited');
    if (isToken) assert.ok(body.upstream.health.problem.includes(said.message));
  });
}

test('the error of a refused token says that Blockhouse holds that token', async (t) => {
  const { gateway, upstream } = await startFailing(t);
  upstream.failureOf = () => upstreamFailures['190'];
  const { body } = await gateway.block(ana);
  assert.match(body.error.error_data.details, /token that Blockhouse holds/);
  const run = await gateway.call('POST', '/blockhouse/v1/blocks', { body: { users: [ana], numbers: ['*'] } });
  const [result] = run.body.results;
  assert.equal(result.outcome, 'not_tried');
  assert.match(result.message, /Session has expired/);
});

test('a platform that refuses connections: nothing was applied, and the circuit opens after some attempts', async (t) => {
  const { gateway } = await startGateway(t, { over: { upstreamDeadlineMs: 200 } });
  await gateway.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, {
    body: { upstream: { base_url: 'http://127.0.0.1:9', token: 'any' } },
  });
  for (let tries = 0; tries < 6; tries++) {
    const { status, body } = await gateway.block(ana);
    assert.equal(status, 500);
    assert.match(body.error.error_data.details, /^Nothing was applied/);
  }
  const open = await gateway.block(ana);
  assert.match(open.body.error.error_data.details, /has not answered lately/);
  assert.match(open.headers.get('retry-after') ?? '', /^\d+$/);
  const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}`);
  assert.deepEqual(
    [body.upstream.health.state, body.upstream.health.problem],
    ['failing', 'it refuses connections'],
  );
});

test('a number whose platform does not answer delays no other', async (t) => {
  const { meta, gateway, upstream } = await startFailing(t, {
    upstreamTimeoutMs: 60_000,
    upstreamDeadlineMs: 60_000,
  });
  const other = (
    await meta.call('POST', '/blockhouse/v1/numbers', { body: { display_phone_number: '+1 555 078 3882' } })
  ).body;
  await addCloudNumber(
    gateway,
    { base_url: meta.url, token: meta.key },
    { id: other.id, phone: '+1 555 078 3882' },
  );
  upstream.failureOf = () => upstreamFailures['silence before'];
  const hangUp = new AbortController();
  const waiting = Array.from({ length: 20 }, () =>
    fetch(`${gateway.url}/v25.0/${demoNumber}/block_users`, {
      headers: { authorization: `Bearer ${gateway.key}` },
      signal: hangUp.signal,
    }).catch(() => null),
  );
  const answer = await gateway.call('GET', `/v25.0/${other.id}/block_users`);
  assert.deepEqual([answer.status, answer.body], [200, { data: [] }]);
  hangUp.abort();
  await Promise.all(waiting);
});
