// Shows that a key for one number reaches that number and its objects, and nothing else that the number's token
// opens, however the request is written. No response contains a byte of a token.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { demoNumber, type Running } from '../harness.ts';
import { startFakeMeta } from './fake-meta.ts';
import { addCloudNumber, startGatewayTo } from './gateway.ts';

const token = 'EAAJB|token of one';
const otherNumber = '106540352242923';
const account = '102290129340398';

/** Sends a request whose path goes out as it is written. */
function raw(
  { url }: Running,
  {
    method,
    path,
    key,
    headers = {},
    body = '',
  }: { method: string; path: string; key: string; headers?: object; body?: string },
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const own = { authorization: `Bearer ${key}`, 'content-length': Buffer.byteLength(body), ...headers };
    const request = httpRequest({ hostname, port, method, path, headers: own }, (response) => {
      let text = `${response.statusCode} ${response.rawHeaders.join('\n')}\n`;
      response.setEncoding('latin1').on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function start(t: Parameters<typeof startFakeMeta>[0]) {
  const plainToken = token.replaceAll(' ', '-');
  const meta = await startFakeMeta(t, ({ headers }) => ({
    headers: {
      'content-type': 'application/json',
      link: `<https://graph.facebook.com/x?access_token=${encodeURIComponent(plainToken)}>; rel="next"`,
      'www-authenticate': `OAuth "Facebook Platform" "invalid_token" "Malformed access token ${plainToken}"`,
    },
    body: JSON.stringify({
      data: [],
      said: headers.authorization,
      once: encodeURIComponent(plainToken).replace('%7C', '%7c'),
    }),
  }));
  const gateway = await startGatewayTo(t, { base_url: meta.url, token: plainToken });
  await addCloudNumber(
    gateway,
    { base_url: meta.url, token: 'EAAJB-token-of-another' },
    { id: otherNumber, phone: '+1 555 078 3882' },
  );
  const { body } = await gateway.call('POST', '/blockhouse/v1/keys', {
    body: { name: 'shop', role: 'app', numbers: [demoNumber] },
  });
  meta.seen.length = 0;
  return { meta, gateway, key: body.key as string, token: plainToken };
}

const slashes = fc.oneof(
  { weight: 3, arbitrary: fc.constant('/') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '//',
      '/./',
      '/../',
      '/%2e%2e/',
      '/..%2f',
      '/.%2E/',
      '%2f',
      '%5c',
      '\\',
      '/%00',
      ';/',
      '/%252e%252e%252f',
    ),
  },
);
const components = fc.constantFrom(
  demoNumber,
  otherNumber,
  account,
  '123456789',
  'v25.0',
  'V25.0',
  'v25.0%20',
  'block_users',
  'Block_Users',
  'block%5fusers',
  'messages',
  'media',
  'me',
  'message_templates',
  '..',
  '.',
  '',
);
const queries = fc.constantFrom(
  '',
  '?fields=whatsapp_business_account{phone_numbers}',
  '?fields=owner.limit(1){id}',
  `?ids=${otherNumber}`,
  `?phone_number_id=${otherNumber}`,
  '?access_token=EAAsomethingelse',
  '?fields=id,name',
);
const paths = fc
  .tuple(components, fc.array(fc.tuple(slashes, components), { maxLength: 4 }), queries)
  .map(([first, parts, query]) => `/${first}${parts.flat().join('')}${query}`.replaceAll(' ', '%20'));

/** Paths that say plainly what they mean. */
const plainPaths = fc
  .tuple(
    fc.constantFrom(demoNumber, otherNumber, account, '123456789'),
    fc.constantFrom('', '/media', '/messages', '/settings'),
    queries,
  )
  .map(([id, edge, query]) => `/v25.0/${id}${edge}${query}`);

test('whatever path a key for one number is used with, nothing but that number is asked for', async (t) => {
  const { meta, gateway, key, token } = await start(t);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(paths, plainPaths),
      fc.constantFrom('GET', 'POST', 'DELETE', 'PATCH', 'PUT', 'HEAD'),
      fc.constantFrom(
        {},
        { 'x-http-method-override': 'DELETE' },
        { 'x-original-url': `/${otherNumber}` },
        { 'accept-encoding': 'gzip, br' },
      ),
      async (path, method, headers) => {
        const before = meta.seen.length;
        const { status, text } = await raw(gateway, { method, path, key, headers });
        assert.ok(status < 500 || status === 503, `${method} ${path}: ${text}`);
        for (const spelling of [
          token,
          encodeURIComponent(token),
          encodeURIComponent(token).replace('%7C', '%7c'),
          'EAAJB-token-of-another',
        ])
          assert.ok(!text.includes(spelling), `${method} ${path} shows the token: ${text}`);
        for (const asked of meta.seen.slice(before)) {
          const [, , id = '', edge = ''] =
            /^(\/v\d+\.0)?\/(\d+)(\/.*)?$/.exec(asked.path) ?? assert.fail(asked.path);
          // The number itself, or a file or template alone that Meta is told to look for with the number.
          if (id !== demoNumber) {
            // A slash at the end names the same object.
            assert.match(edge, /^\/?$/, `${method} ${path}: ${asked.path}`);
            assert.equal(asked.query.get('phone_number_id'), demoNumber, `${method} ${path}`);
            assert.ok(![otherNumber, account].includes(id), `${method} ${path}: ${asked.path}`);
          }
          assert.ok(!/%|\\|\.\./.test(asked.path), asked.path);
          assert.ok(!/[{.(]/.test(asked.query.get('fields') ?? ''), `${method} ${path}`);
          assert.ok(!asked.query.has('ids') && !asked.query.has('access_token'), `${method} ${path}`);
          assert.equal(asked.headers.authorization, `Bearer ${token}`);
        }
      },
    ),
    { numRuns: 1500, examples: [['/123456789/', 'GET', {}]] },
  );
  assert.ok(meta.seen.length > 20, 'some of them were passed on');
});

test('a body does not name what the path may not', async (t) => {
  const { meta, gateway, key } = await start(t);
  const nested = 'whatsapp_business_account{phone_numbers}';
  for (const [type, body] of [
    ['application/json', JSON.stringify({ fields: nested })],
    ['application/x-www-form-urlencoded', String(new URLSearchParams({ fields: nested, method: 'get' }))],
    ['application/x-www-form-urlencoded', `ids=${otherNumber}&method=get`],
    ['application/json', JSON.stringify({ fields: [nested] })],
    ['application/json', JSON.stringify({ ids: [otherNumber] })],
    ['application/json', JSON.stringify({ batch: [{ method: 'GET', relative_url: otherNumber }] })],
    ['application/x-www-form-urlencoded', String(new URLSearchParams({ 'fields[0]': nested }))],
    ['application/x-www-form-urlencoded', `${new URLSearchParams({ fields: nested })}&fields=id`],
    ['application/x-www-form-urlencoded', `ids[]=${otherNumber}`],
    ['application/x-www-form-urlencoded', 'batch=%5B%5D'],
  ] as const) {
    const { status, text } = await raw(gateway, {
      method: 'POST',
      path: `/v25.0/${demoNumber}`,
      key,
      body,
      headers: { 'content-type': type },
    });
    assert.equal(status, 403, text);
  }
  assert.equal(meta.seen.length, 0);
});

test('a part of a form does not name what the path may not; plain parts and files are passed on as they are', async (t) => {
  const { meta, gateway, key } = await start(t);
  const headers = { 'content-type': 'multipart/form-data; boundary=b' };
  const part = (name: string, text: string, more = '') =>
    `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${text}\r\n`;
  const post = (edge: string, body: string) =>
    raw(gateway, { method: 'POST', path: `/v25.0/${demoNumber}${edge}`, key, headers, body });
  for (const [name, text] of [
    ['fields', 'whatsapp_business_account{phone_numbers}'],
    ['ids', otherNumber],
    ['batch', '[]'],
  ] as const)
    assert.equal((await post('/settings', `${part('method', 'get')}${part(name, text)}--b--`)).status, 403);
  assert.equal((await post('/settings', `${part('a', 'x'.repeat(2 ** 21))}--b--`)).status, 413);
  assert.equal((await post('/settings', part('a', 'b'))).status, 400);
  assert.equal(meta.seen.length, 0);
  const plain = `${part('name', 'x')}${part('fields', 'id,name')}--b--\r\n`;
  assert.equal((await post('/settings', plain)).status, 200);
  assert.equal(meta.seen.at(-1)?.body, plain);
  const upload = `${part('file', 'x'.repeat(2 ** 21), '; filename="x.png"')}--b--\r\n`;
  assert.equal((await post('/media', upload)).status, 200);
  assert.equal(meta.seen.at(-1)?.body, upload);
});

test('a query does not name what the path may not, however often and in whatever form', async (t) => {
  const { meta, gateway, key } = await start(t);
  const nested = encodeURIComponent('whatsapp_business_account{phone_numbers}');
  for (const query of [
    `fields=${nested}`,
    `fields=${nested}&fields=id`,
    `fields=id&fields=${nested}`,
    `fields[0]=${nested}`,
    `%20fields=${nested}`,
    `ids=${otherNumber}&ids=`,
    `ids%5B%5D=${otherNumber}`,
    'batch=[]',
  ]) {
    const path = `/v25.0/${demoNumber}?${query}`;
    for (const method of ['GET', 'POST'])
      assert.equal((await raw(gateway, { method, path, key })).status, 403, query);
  }
  // A body cannot override a parameter of the query.
  const body = new URLSearchParams({ fields: 'owner{id}' }).toString();
  const path = `/v25.0/${demoNumber}?fields=id`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  assert.equal((await raw(gateway, { method: 'POST', path, key, headers, body })).status, 403);
  assert.equal(meta.seen.length, 0);
  assert.equal((await raw(gateway, { method: 'GET', path: `${path}&fields[0]=name`, key })).status, 200);
});

test('no parameter names what the path may not, whichever way it comes', async (t) => {
  const { meta, gateway, key } = await start(t);
  const nested = 'whatsapp_business_account{phone_numbers}';
  const part = (head: string, value = nested) =>
    `--x\r\nContent-Disposition: form-data; ${head}\r\n\r\n${value}\r\n--x--\r\n`;
  const form = 'application/x-www-form-urlencoded';
  const multipart = 'multipart/form-data; boundary=x';
  const bodies: readonly (readonly [type: string | null, body: string, status?: number])[] = [
    ['application/json', JSON.stringify({ fields: nested })],
    ['application/json', JSON.stringify({ fields: [nested] })],
    ['application/json', JSON.stringify({ ids: [otherNumber] })],
    ['application/json', `{"fields":"${nested}","fields":"id"}`],
    ['text/plain', `{"fields":"id","x":${'['.repeat(9)}`, 400],
    [multipart, part('name="batch"', '[]')],
    ['application/json; charset=utf-8', `{"fields":"id","fi\\u0065lds":"${nested}"}`],
    [form, String(new URLSearchParams({ fields: nested, method: 'get' }))],
    [form, `ids=${otherNumber}&method=get`],
    [form, `fields=${nested}&fields=id`],
    [form, `+fields%5B0%5D=${nested}`],
    ['text/plain', JSON.stringify({ fields: nested })],
    ['application/vnd.api+json', JSON.stringify({ ids: otherNumber })],
    ['text/plain', `fields=${nested}`],
    [null, `fields=${nested}`],
    [multipart, part('name="fields"')],
    [multipart, part('name=fields')],
    [multipart, part("name='fields'")],
    [multipart, part('name="fi\\elds"')],
    [multipart, part('filename="a.jpg"; name="fields[]"')],
    [multipart, part('name="fields"\r\nX-More: 1')],
    [multipart, part('\r\n name="fields"')],
    [multipart, part("name*=utf-8''fields")],
    [multipart, part('name="ids"', otherNumber)],
    [multipart, part('name="fields"').replaceAll('\r\n', '\n')],
    [multipart, '--x\r\nContent-Disposition: form-data; name="fields"'],
    [multipart, part('name="access_token"', key), 400],
    ['multipart/form-data; boundary=y; boundary=x', part('name="fields"'), 415],
  ];
  for (const [type, body, expected = 403] of bodies) {
    const { status, text } = await raw(gateway, {
      method: 'POST',
      path: `/v25.0/${demoNumber}/media`,
      key,
      body,
      headers: type === null ? {} : { 'content-type': type },
    });
    assert.equal(status, expected, `${type} ${body}: ${text}`);
  }
  // Where parts are read, names that others might read otherwise are looked at as well.
  for (const [head, expected] of [
    ['name="fields"', 403],
    ["name='fields'", 403],
    ['name="access_token"', 400],
  ] as const) {
    const read = await raw(gateway, {
      method: 'POST',
      path: `/v25.0/${demoNumber}/settings`,
      key,
      body: part(head),
      headers: { 'content-type': multipart },
    });
    assert.equal(read.status, expected, `${head}: ${read.text}`);
  }
  for (const query of [
    `fields=${nested}&fields=id`,
    `fields%5B%5D=${nested}`,
    `%20fields=${nested}`,
    `ids%5B0%5D=${otherNumber}`,
  ]) {
    const { status } = await raw(gateway, { method: 'GET', path: `/v25.0/${demoNumber}?${query}`, key });
    assert.equal(status, 403, query);
  }
  for (const type of [form, 'application/json', multipart]) {
    const headers = { 'content-type': type, 'content-encoding': 'gzip' };
    const packed = await raw(gateway, {
      method: 'POST',
      path: `/v25.0/${demoNumber}/media`,
      key,
      body: 'x',
      headers,
    });
    assert.equal(packed.status, 415, packed.text);
  }
  assert.equal(meta.seen.filter(({ body }) => body.includes('fields') || body.includes('ids')).length, 0);
  const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}`);
  assert.equal(body.upstream.health.state, 'ok', 'what is refused here says nothing of Meta');
});

test('parts that name nothing else pass byte for byte, with a file between them', async (t) => {
  const { meta, gateway, key } = await start(t);
  const bytes = randomBytes(300_000);
  const form = new FormData();
  form.set('messaging_product', 'whatsapp');
  form.set('file', new Blob([bytes, '\r\n--x\r\nname="fields"\r\n\r\n'], { type: 'image/png' }), 'fields');
  form.set('type', 'image/png');
  const request = new Request('http://x', { method: 'POST', body: form });
  const sent = Buffer.from(await request.clone().arrayBuffer());
  const response = await fetch(`${gateway.url}/v25.0/${demoNumber}/media`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': request.headers.get('content-type') ?? '',
    },
    body: sent,
  });
  assert.equal(response.status, 200);
  assert.ok(meta.seen.at(-1)?.bytes.equals(sent));
});

test('a header that names another method is refused, not ignored', async (t) => {
  const { meta, gateway, key } = await start(t);
  for (const path of [
    `/v25.0/${demoNumber}/block_users`,
    '/v25.0/123456789',
    `/v25.0/${demoNumber}/messages`,
  ]) {
    const headers = { 'x-http-method-override': 'DELETE', 'content-type': 'application/json' };
    const { status, text } = await raw(gateway, { method: 'POST', path, key, headers, body: '{}' });
    assert.equal(status, 400, text);
    assert.match(text, /x-http-method-override is not supported; name the method as the parameter method/);
  }
  assert.equal(meta.seen.length, 0);
});

test('a token comes back in no spelling', async (t) => {
  const secret = 'EAAJB|to ken/of&"the"<number>%';
  const plain = secret.replace(' ', '_');
  const encoded = encodeURIComponent(plain);
  const php = (text: string) =>
    text.replaceAll('/', '\\/').replace(/[%@<|]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
  const spellings = [
    plain,
    encoded,
    encoded.replace('%7C', '%7c'),
    encodeURIComponent(encoded),
    JSON.stringify(plain).slice(1, -1),
    php(JSON.stringify(plain).slice(1, -1)),
    php(encoded),
    plain
      .replaceAll('&', '&amp;')
      .replaceAll('"', '&quot;')
      .replaceAll('<', '&#60;')
      .replaceAll('>', '&#x3E;'),
  ];
  const meta = await startFakeMeta(t, ({ path }) => ({
    headers: { 'content-type': path.endsWith('/page') ? 'text/html' : 'application/json' },
    body: path.endsWith('/block_users') ? '{"data":[]}' : spellings.join('\n'),
  }));
  const gateway = await startGatewayTo(t, { base_url: meta.url, token: plain });
  for (const edge of ['page', 'settings']) {
    const response = await fetch(`${gateway.url}/v25.0/${demoNumber}/${edge}`, {
      headers: { authorization: `Bearer ${gateway.key}` },
    });
    assert.match(await response.text(), /^[*\n]+$/);
  }
});

/** Sends bytes as they are and reads until so many answers have come, or the connection ends. */
function exchangeBytes({ url }: Running, bytes: string, answers: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'));
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
      if (text.split('"said"').length - 1 >= answers) socket.end();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

test('requests in one stream, in absolute form, with headers twice and long queries reach their number alone', async (t) => {
  const { meta, gateway, key, token } = await start(t);
  const own = `/v25.0/${demoNumber}/settings`;
  const head = (line: string, more = '') =>
    `${line} HTTP/1.1\r\nHost: ${new URL(gateway.url).host}\r\nAuthorization: Bearer ${key}\r\n${more}\r\n`;
  const body = '{"a":1}';
  const post = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
  const long = `x=${'a'.repeat(12_000)}`;
  const text = await exchangeBytes(
    gateway,
    [
      head(`POST ${own}`, post) + body,
      head(`GET http://evil.example${own}?b=1`),
      head(`GET ${own}?b=2`, 'Authorization: Bearer other\r\nX-Api-Key: a\r\nX-Api-Key: b\r\n'),
      head(`GET ${own}?${long}`),
      head(`GET ${own}?d=%0d%0aAuthorization:%20Bearer%20x`),
    ].join(''),
    5,
  );
  assert.equal(text.match(/HTTP\/1\.1 200/g)?.length, 5, text.slice(0, 3000));
  assert.deepEqual(
    meta.seen
      .map(({ method, target }) => `${method} ${target.replace(/[?&]appsecret_proof=.*/, '')}`)
      .toSorted(),
    [
      `POST ${own}`,
      `GET ${own}?b=1`,
      `GET ${own}?b=2`,
      `GET ${own}?${long}`,
      `GET ${own}?d=%0d%0aAuthorization:%20Bearer%20x`,
    ].toSorted(),
  );
  for (const { headers } of meta.seen) {
    assert.equal(headers.authorization, `Bearer ${token}`);
    assert.notEqual(headers.host, 'evil.example');
    assert.equal(headers['x-api-key'], undefined);
  }
  assert.ok(!text.includes(token));
  meta.seen.length = 0;
  for (const smuggled of [
    `Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`,
    'Content-Length: 5\r\nContent-Length: 6\r\n',
    'X: a\nAuthorization: Bearer x\r\n',
  ]) {
    const refused = await exchangeBytes(gateway, `${head(`POST ${own}`, smuggled)}0\r\n\r\n`, 1);
    assert.match(refused, /^HTTP\/1\.1 400/, smuggled);
  }
  assert.match(
    await exchangeBytes(gateway, head(`GET ${own}?x=${'a'.repeat(17_000)}`), 1),
    /^HTTP\/1\.1 431/,
  );
  assert.equal(meta.seen.length, 0);
});
