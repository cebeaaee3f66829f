// Shows that every invalid request gets a 4xx error in Graph's format that names the parameter, and changes
// nothing.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { blockBody, type CallOptions, demoNumber, type Running, startServer } from './harness.ts';

const path = `/v25.0/${demoNumber}/block_users`;
const inbound = `/blockhouse/v1/numbers/${demoNumber}/inbound`;
const user = '16505551234';
const closers: (() => Promise<void>)[] = [];
let running: Running;

before(async () => {
  running = await startServer({ after: (close) => void closers.push(close as () => Promise<void>) });
  await running.write(user, '14155559876');
});
after(() => Promise.all(closers.map((close) => close())));

async function refused(
  method: string,
  at: string,
  options: CallOptions,
  expected: { names: string | RegExp; status?: number; code?: number },
) {
  const { status, body } = await running.call(method, at, options);
  const { names, status: expectedStatus = 400, code = 100 } = expected;
  assert.equal(status, expectedStatus, JSON.stringify(body));
  assert.equal(body.error.code, code);
  assert.ok(
    typeof names === 'string' ? body.error.message.includes(names) : names.test(body.error.message),
    body.error.message,
  );
  assert.match(body.error.fbtrace_id, /^A[\w-]{22}$/);
  assert.deepEqual((await running.list()).body, { data: [] }, 'nothing was applied');
}

const bodies: readonly [what: string, body: unknown, names: string][] = [
  ['no body', undefined, 'messaging_product'],
  ['an empty body', '', 'messaging_product'],
  ['no JSON', '{"messaging_product":', 'JSON'],
  ['an array', '[]', 'body'],
  ['a text', '"x"', 'body'],
  ['no product', { block_users: [{ user }] }, 'messaging_product'],
  ['another product', { ...blockBody(user), messaging_product: 'telegram' }, '"telegram"'],
  ['a product of the wrong type', { ...blockBody(user), messaging_product: { a: 1 } }, 'messaging_product'],
  ['no users', { messaging_product: 'whatsapp' }, 'block_users'],
  ['users of the wrong type', { messaging_product: 'whatsapp', block_users: 'x' }, 'block_users'],
  ['null for users', { messaging_product: 'whatsapp', block_users: null }, 'block_users'],
  [
    'a user that is a text',
    { messaging_product: 'whatsapp', block_users: [{ user }, user] },
    'block_users[1]',
  ],
  ['a user that is null', { messaging_product: 'whatsapp', block_users: [null] }, 'block_users[0]'],
  ['a user that is a list', { messaging_product: 'whatsapp', block_users: [[user]] }, 'block_users[0]'],
  ['an empty user', { messaging_product: 'whatsapp', block_users: [{ user }, {}] }, 'block_users[1]'],
  [
    'a number for a user',
    { messaging_product: 'whatsapp', block_users: [{ user: 16505551234 }] },
    'block_users[0].user',
  ],
  [
    'a wrong user_id',
    { messaging_product: 'whatsapp', block_users: [{ user_id: {} }] },
    'block_users[0].user_id',
  ],
  [
    'a lone surrogate',
    '{"messaging_product":"whatsapp","block_users":[{"user":"\\ud800"}]}',
    'block_users[0].user',
  ],
  [
    'a parent ID',
    { messaging_product: 'whatsapp', block_users: [{ user }, { user_id: 'US.ENT.11815799212886834830' }] },
    'block_users[1].user_id',
  ],
  ['__proto__ in the body', `{"__proto__":{"x":1},${JSON.stringify(blockBody(user)).slice(1)}`, '__proto__'],
  [
    '__proto__ in a user',
    '{"messaging_product":"whatsapp","block_users":[{"__proto__":{"user":"16505551234"}}]}',
    '__proto__',
  ],
  ['deep nesting', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, 'nested'],
  [
    'deep nesting inside',
    `{"messaging_product":"whatsapp","block_users":${'{"a":'.repeat(90)}1${'}'.repeat(90)}}`,
    'nested',
  ],
];

for (const [what, body, names] of bodies) {
  for (const method of ['POST', 'DELETE']) {
    test(`${method} with ${what}`, () =>
      refused(method, path, { body, headers: { 'content-type': 'application/json' } }, { names }));
  }
}

test('1,001 users are refused with 429, and no user is blocked', async () => {
  const many = blockBody(...Array.from({ length: 1001 }, () => user));
  const { status, body } = await running.call('POST', path, { body: many });
  assert.deepEqual([status, body.error.code, body.error.message], [429, 130429, '(#130429) Rate limit hit']);
  assert.match(body.error.error_data.details, /1001.*1000/);
  assert.deepEqual((await running.list()).body, { data: [] });
});

test('1,001 invalid elements are refused for their number', () =>
  refused(
    'POST',
    path,
    { body: { messaging_product: 'whatsapp', block_users: Array.from({ length: 1001 }, () => 7) } },
    { names: 'Rate limit', status: 429, code: 130429 },
  ));

test('a body of more than 1 MiB', () =>
  refused('POST', path, { body: `"${'x'.repeat(1024 * 1024)}"` }, { names: '1 MiB', status: 413 }));

test('an unknown content type', () =>
  refused(
    'POST',
    path,
    { body: '<a/>', headers: { 'content-type': 'text/xml' } },
    { names: 'Content-Type', status: 415 },
  ));

test('a body that is not UTF-8', async () => {
  const response = await fetch(running.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${running.key}`, 'content-type': 'application/json' },
    body: new Uint8Array([0x22, 0xff, 0xfe, 0x22]),
  });
  assert.equal(response.status, 400);
  assert.match(await response.text(), /UTF-8/);
});

test('a form with invalid JSON in it', () =>
  refused(
    'POST',
    path,
    {
      body: 'messaging_product=whatsapp&block_users=[{',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    { names: 'block_users' },
  ));

for (const limit of ['0', '-1', 'x', '1.5', '1e3', '0x10', '99999999999', '9'.repeat(400), '%00', '１０']) {
  test(`limit=${limit.slice(0, 20)}`, () => refused('GET', `${path}?limit=${limit}`, {}, { names: 'limit' }));
}

for (const cursor of [
  'x',
  'null',
  '%F0%9F%92%A9',
  'eyJvZmZzZXQiOi0xLCJ2ZXJzaW9uSWQiOiIxIn0',
  'eyJvZAmZAzZAXQiOjAsInZAlcnNpb25JZACI6IjE3Mzc2Nzk2ODgzODM1OD',
  'A'.repeat(5000),
]) {
  for (const name of ['after', 'before']) {
    test(`${name}=${cursor.slice(0, 30)}`, () =>
      refused('GET', `${path}?${name}=${cursor}`, {}, { names: `Param ${name}` }));
  }
}

test('a cursor of another number', async (t) => {
  const { call, write, block, list } = await startServer(t);
  await write(user);
  await block(user);
  const { after: cursor } = (await list()).body.paging.cursors;
  const { id } = (
    await call('POST', '/blockhouse/v1/numbers', { body: { display_phone_number: '+1 555 078 3882' } })
  ).body;
  const { status, body } = await call('GET', `/${id}/block_users?after=${cursor}`);
  assert.deepEqual([status, body.error.code], [400, 139102]);
});

const unknown: readonly [method: string, at: string, names: string][] = [
  ['GET', '/x', '/x'],
  ['POST', `/v99.0/${demoNumber}/block_users`, `/v99.0/${demoNumber}/block_users`],
  ['POST', `/v25/${demoNumber}/block_users`, '/v25/'],
  ['POST', `/x/${demoNumber}/block_users`, '/x/'],
  ['GET', `/v25.0/${demoNumber}/blocked_users`, 'blocked_users'],
  ['GET', '/%zz', 'zz'],
  ['GET', '/blockhouse/v1/nothing', '/blockhouse/v1/nothing'],
  ['GET', '/sandbox/nothing', '/sandbox/nothing'],
  ['GET', `/${'x'.repeat(3000)}`, '/xxx'],
  ['POST', `/v%0d%0aX:1/${demoNumber}/block_users`, '/v%0d%0aX:1/'],
  ['POST', `/%E6%97%A5/${demoNumber}/block_users`, '/%E6%97%A5/'],
  ['POST', `/v%00/${demoNumber}/block_users`, '/v%00/'],
];

for (const [method, at, names] of unknown) {
  test(`unknown path ${method} ${at.slice(0, 50)}`, () =>
    refused(method, at, {}, { names: `Unknown path components: `, code: 2500 }).then(async () => {
      const { body } = await running.call(method, at);
      assert.ok(body.error.message.includes(names), body.error.message);
    }));
}

for (const [method, at] of [
  ['PUT', path],
  ['PATCH', path],
  ['GET', `/${demoNumber}/messages`],
  ['DELETE', '/sandbox/users/16505551234'],
] as const) {
  test(`unsupported method ${method} ${at}`, async () => {
    const { status, body } = await running.call(method, at);
    assert.deepEqual([status, body.error.code, body.error.error_subcode], [400, 100, 33]);
    assert.equal(body.error.type, 'GraphMethodException');
    assert.match(body.error.message, new RegExp(`^Unsupported ${method.toLowerCase()} request`));
  });
}

const ours: readonly [method: string, at: string, body: unknown, names: string][] = [
  ['POST', inbound, {}, 'messages'],
  ['POST', inbound, { messages: {} }, 'messages'],
  ['POST', inbound, { messages: [1] }, 'messages[0]'],
  ['POST', inbound, { messages: [{ from: user }, { type: 'text' }] }, 'messages[1].from'],
  ['POST', inbound, { messages: [{ from: 5 }] }, 'messages[0].from'],
  ['POST', inbound, { messages: [{ from: 'nobody' }] }, 'messages[0].from'],
  ['POST', inbound, { messages: [{ from: user, id: '' }] }, 'messages[0].id'],
  ['POST', '/blockhouse/v1/numbers', {}, 'display_phone_number'],
  ['POST', '/blockhouse/v1/numbers', { display_phone_number: '12' }, 'display_phone_number'],
  ['POST', '/blockhouse/v1/numbers', { display_phone_number: '+1 555 078 3999', colour: 'red' }, 'colour'],
  ['POST', '/blockhouse/v1/numbers', { display_phone_number: '+1 555 078 3999', id: 'x' }, 'id'],
  ['POST', '/blockhouse/v1/numbers', { display_phone_number: '+1 555 078 3999', id: demoNumber }, 'id'],
  ['POST', '/blockhouse/v1/numbers', { display_phone_number: '+1 555 078 3881' }, 'display_phone_number'],
  [
    'POST',
    '/blockhouse/v1/numbers',
    { display_phone_number: '+1 555 078 3999', platform: 'moon' },
    'platform must be one of {local, cloud}',
  ],
  ['PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { id: '5' }, 'id'],
  [
    'POST',
    '/blockhouse/v1/keys',
    { name: 'x', role: 'king', numbers: ['*'] },
    'role must be one of {admin, agent, app}',
  ],
  ['POST', '/blockhouse/v1/keys', { name: 'x', role: 'app', numbers: [] }, 'numbers'],
  ['POST', '/blockhouse/v1/keys', { name: 'x', role: 'app', numbers: ['77'] }, '77'],
  ['POST', '/blockhouse/v1/keys', { name: 'x', role: 'admin', numbers: [demoNumber] }, 'numbers'],
  [
    'POST',
    '/blockhouse/v1/keys',
    { name: 'x', role: 'app', numbers: ['*'], expires_at: 'soon' },
    'expires_at',
  ],
  [
    'POST',
    '/blockhouse/v1/keys',
    { name: 'x', role: 'app', numbers: ['*'], expires_at: '2001-01-01T00:00:00Z' },
    'expires_at',
  ],
  ['PUT', '/sandbox/users/12', {}, '12'],
  ['PUT', `/sandbox/users/${user}`, { kind: 'alien' }, 'kind'],
  ['PUT', '/sandbox/users/15550100003', { kind: 'consumer' }, 'magic'],
  ['POST', `/sandbox/users/${user}/messages`, {}, 'text or message'],
  ['POST', `/sandbox/users/${user}/messages`, { text: 'a', message: { type: 'text' } }, 'text or message'],
  ['POST', `/sandbox/users/${user}/messages`, { text: 'a', to: '5' }, 'to'],
  ['POST', '/sandbox/users/15550100004/messages', { text: 'a' }, 'not on WhatsApp'],
  ['POST', '/sandbox/clock', {}, 'exactly one'],
  ['POST', '/sandbox/clock', { advance: '1h', freeze: true }, 'exactly one'],
  ['POST', '/sandbox/clock', { advance: '-1h' }, 'advance'],
  ['POST', '/sandbox/clock', { advance: '999999999d' }, 'advance'],
  ['POST', '/sandbox/clock', { set: 'tomorrow' }, 'set'],
  ['POST', '/sandbox/clock', { set: '2027-02-30T00:00:00Z' }, 'set'],
  ['POST', '/sandbox/clock', { set: '9999-01-01T00:00:00Z' }, 'set'],
  ['POST', '/sandbox/clock', { freeze: 'yes' }, 'freeze'],
];

for (const [method, at, body, names] of ours) {
  test(`${method} ${at} ${JSON.stringify(body)}`, () => refused(method, at, { body }, { names }));
}

for (const [method, at, body, names] of [
  [
    'POST',
    '/blockhouse/v1/numbers',
    '{"display_phone_number":"+1 555 078 3999","verified_name":"\\ud800"}',
    'verified_name',
  ],
  ['POST', '/blockhouse/v1/keys', '{"name":"\\udfff","role":"app","numbers":["*"]}', 'name'],
  ['PUT', `/sandbox/users/${user}`, '{"name":"\\uD800x"}', 'name'],
  [
    'POST',
    `/sandbox/users/${user}/messages`,
    '{"message":{"type":"text","text":{"body":"\\ud800"}}}',
    'message.text.body',
  ],
  ['POST', inbound, `{"messages":[{"from":"${user}","id":"\\ud800"}]}`, 'messages[0].id'],
] as const) {
  test(`lone surrogate in ${method} ${at}`, () => refused(method, at, { body }, { names }));
}

const form = { 'content-type': 'application/x-www-form-urlencoded' };

test('the token of a form is checked before its other fields', async () => {
  for (const body of ['messaging_product=whatsapp&block_users=[{', 'x=1']) {
    const { status, body: answer } = await running.call('POST', path, { key: null, body, headers: form });
    assert.deepEqual([status, answer.error.code], [401, 104]);
  }
  const headers = { 'content-type': 'application/x-www-form-urlencodedzzz' };
  assert.equal((await running.call('POST', path, { key: null, body: 'x', headers })).status, 401);
});

test('the content type of a form may be in upper case, and a form cannot hold values that JSON cannot hold', async () => {
  const block = (users: string, type: string) =>
    running.call('DELETE', path, {
      key: null,
      body: new URLSearchParams({
        access_token: running.key,
        messaging_product: 'whatsapp',
        block_users: users,
      }).toString(),
      headers: { 'content-type': type },
    });
  const users = `[{"user":"${user}"}]`;
  assert.equal((await block(users, 'Application/X-WWW-Form-Urlencoded; charset=UTF-8')).status, 200);
  const { status, body } = await block(`[{"user":"${user}","__proto__":{"x":1}}]`, form['content-type']);
  assert.equal(status, 400);
  assert.match(body.error.message, /block_users.*__proto__/);
});

test('an error never repeats a token', async () => {
  for (const at of [`/v25.0/%zz/block_users?access_token=${running.key}`, `/x?access_token=${running.key}`]) {
    const { status, body } = await running.call('GET', at, { key: null });
    assert.equal(status, 400);
    assert.ok(!JSON.stringify(body).includes(running.key));
  }
});

test('a text that is not a user is refused alone, and the other users are blocked', async (t) => {
  const { write, block, list } = await startServer(t);
  await write(user);
  const { status, body } = await block('__proto__', '', 'constructor', user, 'US.1', '💩', 'x'.repeat(1000));
  assert.equal(status, 200);
  assert.deepEqual(body.block_users.added_users, [{ input: user, wa_id: user }]);
  assert.equal(body.block_users.failed_users.length, 6);
  for (const failed of body.block_users.failed_users) {
    assert.deepEqual(Object.keys(failed), ['input', 'errors']);
    assert.equal(failed.errors[0].code, 131047);
  }
  assert.equal((await list()).body.data.length, 1);
});

const raw: readonly [what: string, request: string, answer: RegExp][] = [
  ['bytes that are no HTTP', 'HELLO\r\n\r\n', /^HTTP\/1\.1 400 .*"code":100/s],
  ['an expectation', 'GET / HTTP/1.1\r\nHost: x\r\nExpect: foo\r\n\r\n', /^HTTP\/1\.1 417 .*"code":100/s],
  ['a tunnel', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', /^HTTP\/1\.1 400 .*"code":100/s],
  [
    'too large a header',
    `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    /^HTTP\/1\.1 431 .*"code":100/s,
  ],
  ['no Host', 'GET /x HTTP/1.1\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 400 .*"code":2500/s],
];

for (const [what, request, expected] of raw) {
  test(`${what}: the error has the usual format, and the server keeps running`, async () => {
    const { port, hostname } = new URL(running.url);
    const socket = connect(Number(port), hostname);
    socket.write(request);
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    assert.match(answer, expected);
    assert.equal((await running.call('GET', '/healthz')).status, 200);
  });
}

test('the URL of the next page is absolute, even if the request has no host', async (t) => {
  const { url, key, write, block } = await startServer(t);
  await write(user, '14155559876');
  await block(user, '14155559876');
  const { port, hostname } = new URL(url);
  for (const target of [
    `/${demoNumber}/block_users?limit=1`,
    `http://e.example/${demoNumber}/block_users?limit=1`,
  ]) {
    const socket = connect(Number(port), hostname);
    socket.write(`GET ${target} HTTP/1.0\r\nX-API-Key: ${key}\r\n\r\n`);
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    assert.ok(answer.includes(`"next":"${url}/${demoNumber}/block_users?limit=1&after=`), answer);
  }
});

test('no JSON causes a 5xx', async () => {
  const targets = [
    ['POST', path],
    ['DELETE', path],
    ['POST', `/${demoNumber}/messages`],
    ['POST', inbound],
    ['POST', '/sandbox/clock'],
    ['PUT', `/sandbox/users/${user}`],
    ['POST', '/blockhouse/v1/keys'],
  ] as const;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...targets), anyBody, async ([method, at], body) => {
      const { status } = await running.call(method, at, { body: JSON.stringify(body) });
      assert.ok(status < 500, `${status} for ${JSON.stringify(body)}`);
    }),
    { numRuns: 500 },
  );
  await running.call('DELETE', '/sandbox/clock');
});

/** Arbitrary JSON that often uses the field names of the API. */
const anyBody = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      messaging_product: fc.oneof(fc.constant('whatsapp'), fc.jsonValue()),
      block_users: fc.oneof(fc.array(fc.record({ user: fc.jsonValue() })), fc.jsonValue()),
      to: fc.jsonValue(),
      status: fc.jsonValue(),
      messages: fc.jsonValue(),
      advance: fc.jsonValue(),
      name: fc.jsonValue(),
      role: fc.jsonValue(),
      numbers: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
);
