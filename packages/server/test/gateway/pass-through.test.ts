// Shows that every other path of a number at Meta passes through the gateway: the key exchanged for the token, bodies and headers
// unchanged, for keys that may.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { listen } from '../../../../tools/listen.ts';
import { adminKey, demoNumber, type Running, startServer } from '../harness.ts';
import { addCloudNumber } from './gateway.ts';

const waba = '102290129340398';
const token = 'EAAJB-token-of-the-number';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly proof: string | null;
  readonly headers: IncomingHttpHeaders;
  readonly hash: string;
  readonly bytes: number;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer | string;
}

/** An address as the caller has written it, and the proof of the app secret that was added to it. */
function withoutProof(address: string): [url: string, proof: string | null] {
  const [, before = address, proof = null] = /^(.*)[?&]appsecret_proof=([^&]*)$/.exec(address) ?? [];
  return [before, proof];
}

/** A platform that notes what it is asked, and answers as it is told to. */
async function startPlatform(t: Pick<TestContext, 'after'>) {
  const seen: Seen[] = [];
  const told: { next: Answer[]; answer: Answer | 'echo' } = {
    next: [],
    answer: { status: 200, headers: { 'content-type': 'application/json' }, body: '{"ok":true}' },
  };
  const server = createServer(async (request, response) => {
    const hash = createHash('sha256');
    let bytes = 0;
    if (told.answer === 'echo') {
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      request.pipe(response);
      return;
    }
    for await (const chunk of request) {
      hash.update(chunk);
      bytes += chunk.length;
    }
    const { method = '', headers } = request;
    const [url, proof] = withoutProof(request.url ?? '');
    seen.push({ method, url, proof, headers, hash: hash.digest('hex'), bytes });
    const answer = told.next.shift() ?? told.answer;
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  const url = await listen(t, server);
  return { url, seen, told };
}

async function start(t: Pick<TestContext, 'after'>) {
  const platform = await startPlatform(t);
  const gateway = await startServer(t, {
    sandbox: false,
    adminKey,
    secrets: ['a secret of the gateway that is long enough'],
    webhookTargets: 'loopback',
  });
  await addCloudNumber(gateway, { base_url: `${platform.url}/graph`, token });
  platform.seen.length = 0;
  return { platform, gateway };
}

async function makeKey({ call }: Running, role: string, numbers: readonly string[] = ['*']): Promise<string> {
  return (await call('POST', '/blockhouse/v1/keys', { body: { name: role, role, numbers } })).body.key;
}

test('a send passes as it is: bytes, query and headers that matter, with the token in the place of the key', async (t) => {
  const { platform, gateway } = await start(t);
  platform.told.answer = {
    status: 201,
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      'facebook-api-version': 'v23.0',
      'x-fb-trace-id': 'theirs',
      'x-business-use-case-usage': '{}',
      'set-cookie': 'a=b',
      connection: 'keep-alive, x-hop',
      'x-hop': '1',
    },
    body: '{ "messages" : [{"id":"wamid.1"}] }',
  };
  const body = '{ "messaging_product":"whatsapp",\n "to":"16505551234", "n": 1.10 }';
  const response = await fetch(
    `${gateway.url}/v23.0/${demoNumber}/messages?fields=a%2Cb&access_token=${gateway.key}`,
    {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${gateway.key}`,
        'x-api-key': 'not for others',
        cookie: 'session=1',
        'x-blockhouse-person': 'Ben',
        'x-custom': 'kept',
      },
      body,
    },
  );
  assert.equal(response.status, 201);
  assert.equal(await response.text(), '{ "messages" : [{"id":"wamid.1"}] }');
  const kept = [
    'content-type',
    'facebook-api-version',
    'x-fb-trace-id',
    'x-business-use-case-usage',
    'set-cookie',
    'x-hop',
  ];
  assert.deepEqual(
    kept.map((name) => response.headers.get(name)),
    ['application/json; charset=UTF-8', 'v23.0', 'theirs', '{}', null, null],
  );
  const [seen] = platform.seen;
  assert.deepEqual([seen?.method, seen?.url], ['POST', `/graph/v23.0/${demoNumber}/messages?fields=a%2Cb`]);
  assert.equal(seen?.hash, createHash('sha256').update(body).digest('hex'));
  assert.equal(seen?.headers.authorization, `Bearer ${token}`);
  assert.equal(seen?.headers['x-custom'], 'kept');
  for (const name of ['x-api-key', 'cookie', 'x-blockhouse-person'])
    assert.equal(seen?.headers[name], undefined);
  assert.ok(!JSON.stringify(seen).includes(gateway.key));
});

test('every method and path of the number, its account and its media', async (t) => {
  const { platform, gateway } = await start(t);
  const calls = [
    ['GET', `/v25.0/${demoNumber}?fields=verified_name`],
    ['GET', `/${demoNumber}/whatsapp_business_profile`],
    ['POST', `/v25.0/${demoNumber}/register`],
    ['DELETE', `/v25.0/${demoNumber}/media`],
    ['GET', `/v25.0/${waba}/message_templates?limit=3`],
    ['GET', `/v25.0/998877665544?phone_number_id=${demoNumber}`],
    ['DELETE', `/998877665544?phone_number_id=${demoNumber}`],
  ] as const;
  for (const [method, path] of calls) {
    const { status } = await gateway.call(method, path, method === 'POST' ? { body: { a: 1 } } : {});
    assert.equal(status, 200, `${method} ${path}`);
  }
  assert.deepEqual(
    platform.seen.map(({ method, url }) => [method, url.replace('/graph', '')]),
    calls.map(([method, path]) => [method, path]),
  );
});

test("a media file is fetched from Meta's file hosts only", async (t) => {
  const { platform, gateway } = await start(t);
  const path = `/blockhouse/v1/numbers/${demoNumber}/media/998877665544`;
  const bytes = randomBytes(5000);
  platform.told.next = [
    {
      status: 200,
      headers: {},
      body: JSON.stringify({ url: `${platform.url}/attachments?mid=9`, mime_type: 'image/jpeg' }),
    },
    { status: 200, headers: { 'content-type': 'image/jpeg' }, body: bytes },
  ];
  const response = await fetch(gateway.url + path, { headers: { authorization: `Bearer ${gateway.key}` } });
  assert.equal(response.headers.get('content-type'), 'image/jpeg');
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes);
  assert.deepEqual(
    platform.seen.map(({ url, headers }) => [url, headers.authorization]),
    [
      [`/graph/v25.0/998877665544?phone_number_id=${demoNumber}`, `Bearer ${token}`],
      ['/attachments?mid=9', `Bearer ${token}`],
    ],
  );
  for (const url of [
    'http://127.0.0.1:9/x',
    'https://evil.example/x',
    'https://notfbsbx.com/x',
    'ftp://x/',
  ]) {
    platform.told.next = [{ status: 200, headers: {}, body: JSON.stringify({ url }) }];
    const refused = await gateway.call('GET', path);
    assert.equal(refused.status, 500);
    assert.equal(platform.seen.length, 2 + 1);
    platform.seen.length = 2;
  }
  platform.told.next = [{ status: 404, headers: {}, body: '{"error":{"code":100}}' }];
  const gone = await gateway.call('GET', path);
  assert.deepEqual([gone.status, gone.body], [404, { error: { code: 100 } }]);
});

test('errors and unusual answers pass unchanged', async (t) => {
  const { platform, gateway } = await start(t);
  for (const [status, body] of [
    [400, '{"error":{"code":100}}'],
    [500, '<html>'],
    [404, ''],
    [302, 'moved'],
  ] as const) {
    platform.told.answer = { status, headers: { location: 'http://elsewhere/' }, body };
    const answer = await gateway.call('GET', `/v25.0/${demoNumber}/phone`);
    assert.equal(answer.status, status);
  }
});

test('64 MB stream in both directions, with little of it in memory', async (t) => {
  const { platform, gateway } = await start(t);
  platform.told.answer = 'echo';
  const boundary = 'a-boundary-that-is-long-enough';
  const block = randomBytes(1024 * 1024);
  const sent = createHash('sha256');
  const got = createHash('sha256');
  let bytes = 0;
  let aheadMax = 0;
  await new Promise<void>((resolve, reject) => {
    let written = 0;
    const request = httpRequest(
      `${gateway.url}/v25.0/${demoNumber}/media`,
      {
        method: 'POST',
        headers: {
          authorization: `Bearer ${gateway.key}`,
          // Long, so that no random bytes contain it: the gateway would refuse them as the head of a part.
          'content-type': `multipart/form-data; boundary=${boundary}`,
        },
      },
      (response) => {
        response.on('data', (chunk: Buffer) => {
          got.update(chunk);
          bytes += chunk.length;
        });
        response.on('end', resolve);
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    const write = (): void => {
      while (written < 64) {
        written++;
        sent.update(block);
        aheadMax = Math.max(aheadMax, written * block.length - bytes);
        if (!request.write(block)) {
          request.once('drain', write);
          return;
        }
      }
      request.end();
    };
    write();
  });
  assert.equal(bytes, 64 * block.length);
  assert.equal(got.digest('hex'), sent.digest('hex'));
  // It came back while it was still going out: nobody has waited for the whole of it.
  assert.ok(aheadMax < 60 * block.length, `${aheadMax} bytes were on their way`);
});

test('a refusal that comes before the end of an upload reaches the client', async (t) => {
  const { gateway } = await start(t);
  const refusing = createServer((request, response) => {
    request.resume();
    response.writeHead(413, { 'content-type': 'application/json' }).end('{"error":{"code":100}}');
  });
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
  t.after(() => refusing.close());
  const base_url = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`;
  await gateway.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, {
    body: { upstream: { base_url, token } },
  });
  const status = await new Promise<number>((resolve, reject) => {
    const request = httpRequest(
      `${gateway.url}/v25.0/${demoNumber}/media`,
      { method: 'POST', headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'image/png' } },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    request.on('error', reject);
    request.end(Buffer.alloc(8 * 1024 * 1024));
  });
  assert.equal(status, 413);
});

test("a key's role and numbers decide what passes", async (t) => {
  const { platform, gateway } = await start(t);
  await addCloudNumber(
    gateway,
    { base_url: `${platform.url}/graph`, token: 'EAAJB-of-another' },
    { id: '555', phone: '+1 555 078 3882' },
  );
  platform.seen.length = 0;
  const agent = await makeKey(gateway, 'agent');
  const app = await makeKey(gateway, 'app', [demoNumber]);
  const send = `/v25.0/${demoNumber}/messages`;
  const refused: readonly (readonly [string, string | null, string, number])[] = [
    ['POST', null, send, 104],
    ['POST', 'wrong', send, 190],
    ['POST', agent, send, 10],
    ['GET', agent, `/v25.0/${demoNumber}/phone`, 10],
    ['GET', app, '/v25.0/555/phone', 2500],
    // The account belongs to another number as well.
    ['GET', app, `/v25.0/${waba}/message_templates`, 10],
    // Somebody else's number would be told by its path.
    ['GET', app, '/v25.0/123456/phone', 2500],
    // Which of two numbers?
    ['GET', gateway.key, '/v25.0/998877665544', 100],
    ['GET', app, '/v12.0/998877665544', 2500],
  ];
  for (const [method, key, path, code] of refused) {
    const { body } = await gateway.call(method, path, { key, ...(method === 'POST' && { body: {} }) });
    assert.equal(body.error.code, code, `${method} ${path}: ${JSON.stringify(body)}`);
  }
  assert.equal(platform.seen.length, 0);
  for (const [path, owner] of [
    [`${send}`, token],
    ['/v25.0/998877665544', token],
  ] as const) {
    await gateway.call(path === send ? 'POST' : 'GET', path, {
      key: app,
      ...(path === send && { body: {} }),
    });
    assert.equal(platform.seen.at(-1)?.headers.authorization, `Bearer ${owner}`);
  }
  await gateway.call('GET', '/v25.0/998877665544?phone_number_id=555');
  assert.equal(platform.seen.at(-1)?.headers.authorization, 'Bearer EAAJB-of-another');
});

test('an ID that is not registered: media for every key, anything else for admins alone', async (t) => {
  const { platform, gateway } = await start(t);
  const app = await makeKey(gateway, 'app', [demoNumber]);
  platform.seen.length = 0;
  const other = '/v25.0/998877665544';
  const attempts: readonly (readonly [string, string, object?])[] = [
    ['GET', `${other}?fields=name,phone_numbers{display_phone_number}`],
    ['GET', `${other}?metadata=1`],
    ['GET', `${other}?method=post&name=x`],
    ['DELETE', `${other}?fields=id`],
    ['DELETE', other, { method: 'post' }],
    ['POST', other, { name: 'x' }],
    ['POST', other],
    ['PUT', other],
  ];
  for (const [method, path, body] of attempts) {
    const options = body === undefined ? {} : { body };
    const refused = await gateway.call(method, path, { key: app, ...options });
    assert.deepEqual([refused.status, refused.body.error.code], [403, 10], `${method} ${path}`);
    assert.match(refused.body.error.error_data.details, /not registered here, so only an admin key/);
  }
  assert.deepEqual(platform.seen, []);
  for (const [method, path, body] of attempts) {
    const options = body === undefined ? {} : { body };
    assert.equal((await gateway.call(method, path, options)).status, 200, `${method} ${path}`);
  }
  for (const method of ['GET', 'DELETE'])
    assert.equal(
      (await gateway.call(method, `${other}?phone_number_id=${demoNumber}`, { key: app })).status,
      200,
    );
});

test('without an answer, the error says whether anything may have been done', async (t) => {
  const { gateway, platform } = await start(t);
  const silent = createServer((request) => request.socket.destroy());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => silent.close());
  const place = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const move = (base_url: string) =>
    gateway.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, {
      body: { upstream: { base_url, token } },
    });
  await move(place);
  const send = () => gateway.call('POST', `/v25.0/${demoNumber}/messages`, { body: { a: 1 } });
  const lost = await send();
  assert.deepEqual([lost.status, lost.body.error.code, lost.body.error.is_transient], [504, 1, undefined]);
  assert.match(lost.body.error.error_data.details, /not known/);
  await move('http://127.0.0.1:9');
  const away = await send();
  assert.match(away.body.error.error_data.details, /^Nothing was done/);
  assert.deepEqual([away.status, away.body.error.code, away.body.error.is_transient], [503, 2, true]);
  await move(`${platform.url}/graph`);
  assert.equal((await send()).status, 200);
});
