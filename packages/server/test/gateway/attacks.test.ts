// Shows that the gateway rejects paths outside the number and unsigned bodies, and never lets the token out.
import assert from 'node:assert/strict';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { listen } from '../../../../tools/listen.ts';
import { adminKey, demoNumber, type Running, startServer } from '../harness.ts';
import { addCloudNumber, startGateway } from './gateway.ts';
import { postMetaWebhook } from './meta-webhook.ts';

const ana = '16505551234';
const token = 'EAAJB-token|of-the-number';
const settings = {
  sandbox: false,
  adminKey,
  secrets: ['a secret of the gateway that is long enough'],
  webhookTargets: 'loopback',
} as const;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A platform of the test's own making; its list is empty unless the test says otherwise. */
async function startPlatform(t: Pick<TestContext, 'after'>, answer: Answer) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  const url = await listen(t, server);
  return { url, seen };
}

const emptyList: Answer = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[]}');
};

async function start(t: Pick<TestContext, 'after'>, answer: Answer = emptyList, over: object = {}) {
  const platform = await startPlatform(t, answer);
  const gateway = await startServer(t, { ...settings, ...over });
  await addCloudNumber(gateway, { base_url: `${platform.url}/graph`, token });
  platform.seen.length = 0;
  return { platform, gateway };
}

/** Asks with a path as it is written: `fetch` would tidy it up. */
function askPlainly({ url, key }: Running, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const options = { hostname, port, path, headers: { authorization: `Bearer ${key}` } };
    httpRequest(options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

test('a path with dot segments reaches no other object', async (t) => {
  const { platform, gateway } = await start(t);
  for (const way of ['..', '%2e%2e', '.%2E', '%2E.', '.', 'x/../..']) {
    for (const path of [
      `/v25.0/${demoNumber}/${way}/999/messages`,
      `/v25.0/102290129340398/${way}/999`,
      `/v25.0/${demoNumber}/${way}/${way}/${way}/etc`,
    ]) {
      const status = await askPlainly(gateway, path);
      assert.ok(status >= 400 && status < 500, `${path}: ${status}`);
    }
  }
  for (const path of [`/v25.0/${demoNumber}/x\\..\\..\\999`, `/v25.0/${demoNumber}//phone`])
    assert.ok((await askPlainly(gateway, path)) >= 400, path);
  assert.deepEqual(platform.seen, []);
});

test('an unsigned body is refused without being parsed', async (t) => {
  const { gateway } = await start(t);
  const large = JSON.stringify({ x: 'A'.repeat(2e6), entry: [{ changes: Array(100_000).fill({}) }] });
  assert.equal((await postMetaWebhook(gateway, large, { secret: 'wrong' })).status, 403);
  // Signed, it is too large when it is taken apart, and says so.
  const change = {
    field: 'messages',
    value: { pad: 'A'.repeat(1e6), messages: Array(500).fill({ id: 'x' }) },
  };
  const named = { metadata: { phone_number_id: demoNumber } };
  const signed = JSON.stringify({
    entry: [{ changes: [{ ...change, value: { ...named, ...change.value } }] }],
  });
  assert.equal((await postMetaWebhook(gateway, signed)).status, 400);
  const deep = `{"entry":[{"changes":[{"value":{"metadata":{"phone_number_id":"${demoNumber}"},"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}}]}]}`;
  assert.equal((await postMetaWebhook(gateway, deep)).status, 400);
  assert.equal((await postMetaWebhook(gateway, '{"entry":[]}\xff')).status, 400);
});

test('the token is redacted wherever the platform writes it', async (t) => {
  const next = `https://graph.facebook.com/v25.0/x?access_token=${encodeURIComponent(token)}&after=b`;
  let body = '';
  const { gateway } = await start(t, (_request, response) => {
    response.writeHead(body.includes('"error"') ? 401 : 200, {
      'content-type': 'application/json; charset=UTF-8',
    });
    // In small pieces, so that it is never in one of them.
    for (const piece of body.match(/[\s\S]{1,7}/g) ?? []) response.write(piece);
    response.end();
  });
  const says = async (text: string, paths: readonly string[]) => {
    body = text;
    for (const path of paths) {
      const answer = await gateway.call('GET', path);
      const said = JSON.stringify([answer.body, [...answer.headers]]);
      assert.ok(!said.includes(token) && !said.includes(encodeURIComponent(token)), `${path}: ${said}`);
    }
  };
  const own = [`/v25.0/${demoNumber}/block_users`, `/blockhouse/v1/numbers/${demoNumber}`];
  const passed = ['/v25.0/102290129340398/message_templates', `/v25.0/${demoNumber}/phone`];
  await says(
    JSON.stringify({ data: [{ wa_id: ana }], paging: { next, cursors: { before: 'a', after: 'b' } } }),
    passed,
  );
  await says(JSON.stringify({ data: [{ wa_id: ana }], paging: { next } }), own);
  await says(JSON.stringify({ error: { message: `Malformed access token ${token}`, code: 190 } }), [
    ...passed,
    ...own,
  ]);
});

test('a token is sent over https only, and to no address other than its own', async (t) => {
  const { platform, gateway } = await start(t);
  const add = (base_url: string) =>
    gateway.call('POST', '/blockhouse/v1/numbers', {
      body: {
        id: '77',
        waba_id: '1',
        display_phone_number: '+1 555 078 3899',
        platform: 'cloud',
        upstream: { base_url, token },
      },
    });
  for (const url of [
    'http://graph.facebook.com',
    'https://10.0.0.1',
    'https://169.254.169.254',
    'ftp://x',
    'https://x/?a',
  ])
    assert.equal((await add(url)).status, 400, url);
  const patch = (upstream: object) =>
    gateway.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: { upstream } });
  const moved = await patch({ base_url: 'https://elsewhere.example' });
  assert.match(moved.body.error.message, /upstream\.token is required/);
  const local = await gateway.call('POST', '/blockhouse/v1/numbers', {
    body: { display_phone_number: '+1 555 078 3890' },
  });
  const turned = await gateway.call('PATCH', `/blockhouse/v1/numbers/${local.body.id}`, {
    body: { upstream: { base_url: platform.url, token } },
  });
  assert.match(turned.body.error.message, /is local/);
});

test('two simultaneous changes of an upstream are both kept', async (t) => {
  const { gateway } = await start(t);
  const patch = (upstream: object) =>
    gateway.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: { upstream } });
  const [one, two] = await Promise.all([patch({ app_secret: 'new secret' }), patch({ version: 'v24.0' })]);
  assert.deepEqual([one.status, two.status], [200, 200]);
  const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}`);
  assert.equal(body.upstream.version, 'v24.0');
  assert.equal(
    (
      await postMetaWebhook(gateway, '{"entry":[{"id":"102290129340398","changes":[{}]}]}', {
        secret: 'new secret',
      })
    ).status,
    200,
  );
});

test('slow passed-through requests do not delay the blocklist', async (t) => {
  const { gateway } = await start(t, (request, response) => {
    if (!request.url?.includes('/slow')) emptyList(request, response);
  });
  const hangUp = new AbortController();
  const slow = Array.from({ length: 100 }, () =>
    fetch(`${gateway.url}/v25.0/${demoNumber}/slow`, {
      headers: { authorization: `Bearer ${gateway.key}` },
      signal: hangUp.signal,
    }).catch(() => null),
  );
  for (let time = 0; time < 5; time++) assert.equal((await gateway.list()).status, 200);
  hangUp.abort();
  await Promise.all(slow);
  assert.equal((await gateway.list()).status, 200);
  const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}`);
  assert.equal(body.upstream.health.state, 'ok');
});

test('requests to Meta keep their rate; a request beyond it is answered with Retry-After', async (t) => {
  const { gateway } = await start(t, emptyList, { upstreamRate: { perSecond: 5 }, upstreamDeadlineMs: 500 });
  const answers = await Promise.all(Array.from({ length: 40 }, () => gateway.list()));
  const statuses = Map.groupBy(answers, ({ status }) => status);
  assert.deepEqual([...statuses.keys()].toSorted(), [200, 429]);
  assert.ok((statuses.get(200)?.length ?? 0) <= 20);
  for (const { body, headers } of statuses.get(429) ?? []) {
    assert.equal(body.error.code, 130429);
    assert.ok(Number(headers.get('retry-after')) >= 1);
  }
});

test('a refused token of another number or of a refused change does not affect the health of this one', async (t) => {
  const { gateway } = await startGateway(t);
  const refused = await gateway.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, {
    body: { upstream: { token: 'wrong' } },
  });
  assert.equal(refused.status, 400);
  const taken = await gateway.call('POST', '/blockhouse/v1/numbers', {
    body: {
      id: demoNumber,
      waba_id: '1',
      display_phone_number: '+1 555 078 3877',
      platform: 'cloud',
      upstream: { token: 'x' },
    },
  });
  assert.match(taken.body.error.message, /already/);
  await gateway.list();
  const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}`);
  assert.equal(body.upstream.health.state, 'ok');
});

test("a proxy's JSON is no answer of Meta's", async (t) => {
  const { gateway } = await start(
    t,
    (request, response) => {
      if (request.method === 'GET') return emptyList(request, response);
      response
        .writeHead(504, { 'content-type': 'application/json' })
        .end('{"message":"Endpoint request timed out"}');
    },
    { upstreamDeadlineMs: 600 },
  );
  const { status, body } = await gateway.block(ana);
  assert.equal(status, 500);
  assert.match(body.error.error_data.details, /not known/);
});
