// Shows that a client that changes nothing but its base URL can do with Meta's answers what it always did: follow
// links, fetch
// files, read rate headers and traces, name its own version.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { demoNumber } from '../harness.ts';
import { type FakeAnswer, type SeenRequest, startFakeMeta } from './fake-meta.ts';
import { metaAppSecret, startGatewayTo } from './gateway.ts';

const waba = '102290129340398';
const token = 'EAAJB-token-of-the-number';
const json = { 'content-type': 'application/json; charset=UTF-8' };
const empty = { body: '{"data":[]}', headers: json };

async function start(t: TestContext, answer: (request: SeenRequest) => FakeAnswer | null = () => null) {
  const meta = await startFakeMeta(t, (request) => answer(request) ?? empty);
  const gateway = await startGatewayTo(t, { base_url: `${meta.url}/graph`, token });
  meta.seen.length = 0;
  return { meta, gateway };
}

test('the links of a page lead back through the gateway, and work as they are', async (t) => {
  const { meta, gateway } = await start(t, ({ path, query }) => {
    if (!path.endsWith('/message_templates')) return null;
    const next = `${meta.url}${path}?limit=1&access_token=${token}&after=QVF&appsecret_proof=abcdef12`;
    const paging = query.has('after') ? {} : { paging: { cursors: { after: 'QVF' }, next } };
    const body = JSON.stringify({ data: [{ name: 'a/b' }], ...paging }).replaceAll('/', '\\/');
    return { headers: json, body };
  });
  const path = `/v25.0/${waba}/message_templates`;
  const first = await gateway.call('GET', `${path}?limit=1`);
  assert.equal(first.body.paging.next, `${gateway.url}${path}?limit=1&after=QVF`);
  const second = await gateway.call('GET', first.body.paging.next.slice(gateway.url.length));
  assert.deepEqual(second.body, { data: [{ name: 'a/b' }] });
  // A client that names its key in the address finds it in the links, as at Meta.
  const named = await gateway.call('GET', `${path}?access_token=${gateway.key}`, { key: null });
  const link = new URL(named.body.paging.next);
  assert.equal(link.searchParams.get('access_token'), gateway.key);
  assert.equal((await fetch(link)).status, 200);
  assert.ok(!JSON.stringify([first, named]).includes(token));
});

test('what is no link of the platform stays byte for byte', async (t) => {
  const body =
    '{ "a":"https:\\/\\/example.com\\/x", "b": "é \\ud83d\\ude00", "n":1.10, "s":"say \\"https://x/\\"" }';
  const { gateway } = await start(t, () => ({ headers: json, body }));
  const response = await fetch(`${gateway.url}/v25.0/${demoNumber}/settings`, {
    headers: { authorization: `Bearer ${gateway.key}` },
  });
  assert.equal(await response.text(), body);
});

test('a long answer is rewritten as well, whatever its texts are made of', async (t) => {
  const long = 'b'.repeat(10_000_000);
  const escapes = '\\/'.repeat(1_000_000);
  const { meta, gateway } = await start(t, ({ path }) => {
    if (!path.endsWith('/settings')) return null;
    const texts = `"a":"${long}","b":"${escapes}","c":"https:${escapes}"`;
    return { headers: json, body: `{${texts},"d":"${meta.url}/graph/1"}` };
  });
  const { status, body } = await gateway.call('GET', `/v25.0/${demoNumber}/settings`);
  assert.equal(status, 200);
  assert.deepEqual([body.a.length, body.b.length, body.c.length], [10_000_000, 1_000_000, 1_000_006]);
  assert.equal(body.d, `${gateway.url}/1`);
});

test('a file is fetched by the address that its ID gives, whole and in part', async (t) => {
  const bytes = 'the bytes of the file';
  const { meta, gateway } = await start(t, ({ path, headers }) => {
    if (path.endsWith('/998877'))
      return {
        headers: json,
        body: JSON.stringify({
          url: `${meta.url}/files/9?ext=1&hash=x`,
          mime_type: 'image/jpeg',
          id: '998877',
        }),
      };
    if (path !== '/files/9') return null;
    if (headers.range === 'bytes=4-8') {
      const part = { 'content-type': 'image/jpeg', 'content-range': `bytes 4-8/${bytes.length}` };
      return { status: 206, headers: part, body: bytes.slice(4, 9) };
    }
    return { headers: { 'content-type': 'image/jpeg', 'accept-ranges': 'bytes' }, body: bytes };
  });
  const { body } = await gateway.call('GET', '/v25.0/998877');
  assert.equal(body.url, `${gateway.url}/blockhouse/v1/numbers/${demoNumber}/media/998877`);
  assert.deepEqual([body.mime_type, body.id], ['image/jpeg', '998877']);
  const authorization = `Bearer ${gateway.key}`;
  const whole = await fetch(body.url, { headers: { authorization } });
  assert.deepEqual([whole.headers.get('content-type'), await whole.text()], ['image/jpeg', bytes]);
  const part = await fetch(body.url, { headers: { authorization, range: 'bytes=4-8' } });
  assert.deepEqual(
    [part.status, part.headers.get('content-range'), await part.text()],
    [206, `bytes 4-8/${bytes.length}`, 'bytes'],
  );
  for (const { headers } of meta.seen) assert.equal(headers.authorization, `Bearer ${token}`);
});

test('every call carries a proof for the token that is sent, in the place of the client’s own', async (t) => {
  const proof = createHmac('sha256', metaAppSecret).update(token).digest('hex');
  const { meta, gateway } = await start(t);
  await gateway.list();
  await gateway.call('GET', `/v25.0/${demoNumber}/settings?appsecret_proof=${'0'.repeat(64)}`);
  await gateway.call('POST', `/v25.0/${demoNumber}/messages`, { body: { to: '1' } });
  assert.deepEqual(
    meta.seen.map(({ query }) => query.getAll('appsecret_proof')),
    [[proof], [proof], [proof]],
  );
  await gateway.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, {
    body: { upstream: { send_appsecret_proof: false } },
  });
  meta.seen.length = 0;
  await gateway.list();
  assert.equal(meta.seen[0]?.query.has('appsecret_proof'), false);
});

test('a number whose app demands a proof is refused without one, in Meta’s words', async (t) => {
  const demands = 'API calls from the server require an appsecret_proof argument';
  const meta = await startFakeMeta(t, ({ query }) =>
    query.has('appsecret_proof')
      ? empty
      : {
          status: 400,
          headers: json,
          body: JSON.stringify({ error: { message: demands, type: 'GraphMethodException', code: 100 } }),
        },
  );
  const gateway = await startGatewayTo(t, { base_url: meta.url, token });
  const changed = await gateway.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, {
    body: { upstream: { app_secret: null } },
  });
  assert.equal(changed.status, 400);
  assert.ok(changed.body.error.message.includes(demands), changed.body.error.message);
  await gateway.list();
  const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}`);
  assert.equal(body.upstream.health.state, 'ok');
});

test('status, words, rate headers and traces of a blocklist are Meta’s, and the version is the client’s', async (t) => {
  const usage = '{"102290129340398":[{"type":"whatsapp","call_count":42}]}';
  const body = JSON.stringify({
    messaging_product: 'whatsapp',
    block_users: {
      added_users: [{ input: '+16505551234', wa_id: '16505551234' }],
      failed_users: [
        {
          input: '+14155559876',
          wa_id: '14155559876',
          errors: [{ message: 'Words of their own', code: 131047 }],
        },
      ],
    },
    error: { message: '(#139100) Failed', type: 'OAuthException', code: 139100, fbtrace_id: 'Atheirs' },
  });
  const headers = {
    ...json,
    'x-business-use-case-usage': usage,
    'x-app-usage': '{"call_count":7}',
    'x-fb-trace-id': 'theirs',
    'facebook-api-version': 'v19.0',
  };
  const { meta, gateway } = await start(t, ({ method }) =>
    method === 'GET' ? { ...empty, headers } : { status: 400, headers, body },
  );
  const users = {
    messaging_product: 'whatsapp',
    block_users: [{ user: '+16505551234' }, { user: '+14155559876' }],
  };
  const answers = [
    await gateway.call('POST', `/v19.0/${demoNumber}/block_users`, { body: users }),
    await gateway.call('GET', `/v19.0/${demoNumber}/block_users`),
  ];
  assert.deepEqual([answers[0]?.status, answers[0]?.body], [400, JSON.parse(body)]);
  for (const answer of answers) {
    assert.deepEqual(
      ['x-business-use-case-usage', 'x-app-usage', 'x-fb-trace-id', 'facebook-api-version'].map((name) =>
        answer.headers.get(name),
      ),
      [usage, '{"call_count":7}', 'theirs', 'v19.0'],
    );
  }
  assert.deepEqual(
    meta.seen.map(({ path }) => path),
    [`/graph/v19.0/${demoNumber}/block_users`, `/graph/v19.0/${demoNumber}/block_users`],
  );
  const { body: activity } = await gateway.call('GET', '/blockhouse/v1/activity');
  assert.deepEqual(
    activity.data.map(({ user, outcome }: { user: string; outcome: string }) => [user, outcome]).toSorted(),
    [
      ['+14155559876', 'window_closed'],
      ['+16505551234', 'done'],
    ],
  );
});

for (const [encoding, compress] of [
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
] as const) {
  test(`an answer that comes compressed with ${encoding} is read, and passed on without the token`, async (t) => {
    const { gateway } = await start(t, ({ method }) => ({
      headers: { ...json, 'content-encoding': encoding },
      body: compress(
        method === 'GET'
          ? `{"data":[],"said":"of ${token}"}`
          : '{"messaging_product":"whatsapp","block_users":{"added_users":[{"input":"+16505551234","wa_id":"16505551234"}]}}',
      ),
    }));
    assert.equal((await gateway.block('+16505551234')).body.block_users.added_users.length, 1);
    const passed = await gateway.call('GET', `/v25.0/${demoNumber}/settings`);
    assert.equal(passed.headers.get('content-encoding'), null);
    assert.match(passed.body.said, /^of \*+$/);
  });
}

test('what is not passed on is refused by name, with what to do instead', async (t) => {
  const { meta, gateway } = await start(t);
  for (const [path, named] of [
    ['/?batch=[]', 'Batch requests'],
    ['/v25.0', 'Batch requests'],
    ['/v25.0/123456789/uploads', 'Resumable uploads'],
    ['/v25.0/upload:MTphdHRh', 'Resumable uploads'],
  ] as const) {
    const { status, body } = await gateway.call('POST', path, { body: {} });
    assert.equal(status, 400, path);
    assert.ok(body.error.message.includes(`${named} are not passed on to Meta.`), body.error.message);
  }
  assert.equal(meta.seen.length, 0);
});

test('a key in a form is enough for a send, and goes no further', async (t) => {
  const { meta, gateway } = await start(t);
  const form = new URLSearchParams({ access_token: gateway.key, appsecret_proof: 'x', to: '16505551234' });
  for (const path of [`/v25.0/${demoNumber}/messages`, `/v25.0/${demoNumber}/register`]) {
    const response = await fetch(gateway.url + path, { method: 'POST', body: form });
    assert.equal(response.status, 200, path);
    assert.equal(meta.seen.at(-1)?.body, 'to=16505551234');
  }
});

test('a body that names the key loses only the key, and a query is passed on as it is written', async (t) => {
  const { meta, gateway } = await start(t);
  const path = `/v25.0/${demoNumber}/settings`;
  const body = `{"access_token":"${gateway.key}","id":12345678901234567890,"price":1.10}`;
  assert.equal((await gateway.call('POST', path, { key: null, body })).status, 200);
  assert.equal(meta.seen.at(-1)?.body, '{"id":12345678901234567890,"price":1.10}');
  // Graph reads more than JSON where it reads lists and objects.
  const query = new URLSearchParams({ time_range: "{'since':'2026-01-01'}", types: '[COST,VOLUME]' });
  assert.equal((await gateway.call('GET', `${path}?${query}`)).status, 200);
  assert.equal(meta.seen.at(-1)?.query.get('time_range'), "{'since':'2026-01-01'}");
});

test('a body of parameters that is too large is refused, and the connection stays open', async (t) => {
  const { meta, gateway } = await start(t);
  const path = `/v25.0/${demoNumber}/settings`;
  const form = (body: string) =>
    `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n` +
    `content-length: ${body.length}\r\n\r\n${body}`;
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  t.after(() => socket.destroy());
  socket.write(form(`text=${'x'.repeat(8 * 2 ** 20)}`) + form(`access_token=${gateway.key}`));
  let said = '';
  socket.setEncoding('utf8');
  for await (const chunk of socket) {
    said += chunk;
    if (/HTTP\/1\.1 2/.test(said)) break;
  }
  assert.deepEqual(said.match(/(?<=HTTP\/1\.1 )\d+/g), ['413', '200']);
  assert.equal(meta.seen.length, 1);
});

test('an answer of Meta’s without rates and traces gets none of ours', async (t) => {
  const { gateway } = await start(t);
  for (const path of [`/v19.0/${demoNumber}/settings`, `/v19.0/${demoNumber}/block_users`]) {
    const { headers } = await gateway.call('GET', path);
    for (const name of [
      'x-business-use-case-usage',
      'x-fb-trace-id',
      'x-fb-request-id',
      'facebook-api-version',
      'cache-control',
    ])
      assert.equal(headers.get(name), null, `${path}: ${name}`);
  }
});

test('a refusal about a blocklist keeps every byte and header of Meta’s', async (t) => {
  const body =
    '{"error":{"message":"(#100) \\u00e9\\/x","code":100,"n":12345678901234567890,"x":1.10,"fbtrace_id":"A"}}';
  const own = { ...json, 'cache-control': 'no-store', pragma: 'no-cache', vary: 'Origin' };
  const { gateway } = await start(t, () => ({ status: 404, headers: own, body }));
  for (const method of ['GET', 'POST', 'DELETE']) {
    const response = await fetch(`${gateway.url}/v25.0/${demoNumber}/block_users`, {
      method,
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
      ...(method !== 'GET' && {
        body: '{"messaging_product":"whatsapp","block_users":[{"user":"16505551234"}]}',
      }),
    });
    assert.deepEqual([response.status, await response.text()], [404, body], method);
    for (const [name, value] of Object.entries(own)) assert.equal(response.headers.get(name), value);
  }
});

test('a limit that only the usage header puts in time is answered as Meta answers it', async (t) => {
  const usage = '{"1":[{"type":"whatsapp","call_count":100,"estimated_time_to_regain_access":19}]}';
  const body = '{"error":{"message":"(#80007) Too many calls","code":80007,"fbtrace_id":"A"}}';
  const { gateway } = await start(t, () => ({
    status: 400,
    headers: { ...json, 'x-business-use-case-usage': usage },
    body,
  }));
  const answer = await gateway.list();
  assert.deepEqual([answer.status, answer.body], [400, JSON.parse(body)]);
  assert.deepEqual(
    [answer.headers.get('x-business-use-case-usage'), answer.headers.get('retry-after')],
    [usage, null],
  );
});

test('a blocklist is asked for in the caller’s version and page length, also when there are none', async (t) => {
  const added =
    '{"messaging_product":"whatsapp","block_users":{"added_users":[{"input":"16505551234","wa_id":"16505551234"}]}}';
  const { meta, gateway } = await start(t, ({ method }) =>
    method === 'POST' ? { headers: json, body: added } : null,
  );
  const path = `/${demoNumber}/block_users`;
  await gateway.call('GET', path);
  await gateway.call('GET', `/v13.0${path}?limit=5000`);
  await gateway.call('GET', `/api/v14.0${path}`);
  await gateway.call('POST', path, {
    body: { messaging_product: 'whatsapp', block_users: [{ user: '16505551234' }] },
  });
  assert.deepEqual(
    meta.seen.slice(0, 4).map(({ path: asked, query }) => [asked, query.get('limit')]),
    [
      [`/graph${path}`, null],
      [`/graph/v13.0${path}`, '5000'],
      [`/graph/v14.0${path}`, '100'],
      [`/graph${path}`, null],
    ],
  );
});

test('a list that the caller has already is answered with 304', async (t) => {
  const { gateway } = await start(t, () => ({ headers: { ...json, etag: '"one"' }, body: '{"data":[]}' }));
  const path = `/v25.0/${demoNumber}/block_users`;
  const known = await gateway.call('GET', path, { headers: { 'if-none-match': '"zero", W/"one"' } });
  assert.deepEqual([known.status, known.body, known.headers.get('etag')], [304, '', '"one"']);
  const other = await gateway.call('GET', path, { headers: { 'if-none-match': '"two"' } });
  assert.deepEqual([other.status, other.body], [200, { data: [] }]);
});

test('an answer without a body says nothing of its length', async (t) => {
  for (const status of [204, 304]) {
    const { gateway } = await start(t, ({ path }) =>
      path.endsWith('/settings') ? { status, headers: json, body: '' } : null,
    );
    const { headers, ...answer } = await gateway.call('GET', `/v25.0/${demoNumber}/settings`);
    assert.deepEqual([answer.status, headers.get('content-length')], [status, null]);
  }
});

test('only the address of the file itself leads here: examples of a template stay', async (t) => {
  const cdn = 'https://scontent.whatsapp.net/v/t61.jpg?ccb=1';
  const { gateway } = await start(t, () => ({
    headers: json,
    body: JSON.stringify({
      id: '998877',
      components: [{ header_handle: [cdn], url: cdn }],
      url: 'https://lookaside.fbsbx.com/x',
    }),
  }));
  const { body } = await gateway.call('GET', '/v25.0/998877');
  assert.deepEqual(body.components, [{ header_handle: [cdn], url: cdn }]);
  assert.equal(body.url, `${gateway.url}/blockhouse/v1/numbers/${demoNumber}/media/998877`);
});

test('a file that is kept at the platform’s own address is fetched through the gateway as well', async (t) => {
  const meta = await startFakeMeta(t, ({ path }) =>
    path.startsWith('/attachments')
      ? { headers: { 'content-type': 'image/png', 'content-length': '3' }, body: 'png' }
      : { headers: json, body: JSON.stringify({ url: `${meta.url}/attachments/?mid=9`, data: [] }) },
  );
  const gateway = await startGatewayTo(t, { base_url: meta.url, token });
  const headers = { authorization: `OAuth ${gateway.key}` };
  const { url } = (await (await fetch(`${gateway.url}/998877/`, { headers })).json()) as { url: string };
  assert.equal(await (await fetch(url, { headers })).text(), 'png');
  meta.seen.length = 0;
  const head = await fetch(url, { method: 'HEAD', headers });
  assert.deepEqual([head.status, head.headers.get('content-length')], [200, '3']);
  assert.deepEqual(
    meta.seen.map(({ method }) => method),
    ['GET', 'HEAD'],
  );
});

test('a query and the links of an answer keep every byte', async (t) => {
  const query = 'fields=a,b%2Cc&x=%FF&y=a+b%20c&d=~(e)';
  const { meta, gateway } = await start(t, ({ path }) =>
    path.endsWith('/settings')
      ? {
          headers: json,
          body: `{"paging":{"next":"${meta.url}${path}?access_token=${token}&${query}&after=Q"}}`,
        }
      : null,
  );
  const path = `/v25.0/${demoNumber}/settings`;
  const { body } = await gateway.call('GET', `${path}?${query}&access_token=${gateway.key}`);
  assert.equal(body.paging.next, `${gateway.url}${path}?${query}&after=Q&access_token=${gateway.key}`);
  assert.deepEqual(
    meta.seen.map(({ target }) => target.replace(/&appsecret_proof=.*/, '')),
    [`/graph${path}?${query}`],
  );
});

test('a key in JSON goes no further, and every other byte of it stays', async (t) => {
  const { meta, gateway } = await start(t);
  const { body: app } = await gateway.call('POST', '/blockhouse/v1/keys', {
    body: { name: 'shop', role: 'app', numbers: [demoNumber] },
  });
  for (const key of [gateway.key, app.key]) {
    for (const at of ['header', 'body']) {
      const response = await fetch(`${gateway.url}/v25.0/${demoNumber}/settings`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(at === 'header' && { authorization: `Bearer ${key}` }),
        },
        body: `{ "n" : 12345678901234567890, "access\\u005ftoken":"${key}", "10":"a\\/b,{", "2" : [1.10, {"access_token":1}] }`,
      });
      assert.equal(response.status, 200);
      assert.equal(
        meta.seen.at(-1)?.body,
        '{ "n" : 12345678901234567890, "10":"a\\/b,{", "2" : [1.10, {"access_token":1}] }',
      );
    }
  }
});
