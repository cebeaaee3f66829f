// Shows that a request can be sent in each of the Graph API's forms: `method`, and parameters by query, form,
// or JSON.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { demoNumber, startServer } from './harness.ts';
import { startProcess } from './process.ts';

const running = await startServer({ after: (close) => after(close as () => Promise<void>) });
const { call, key } = running;
const path = `/v25.0/${demoNumber}/block_users`;
const dialects = [path, `/${demoNumber}/block_users`, `/api/v25.0/${demoNumber}/block_users`];

let next = 16505550100;
/** A user who has just written and, if `blocked` is true, was then blocked. */
async function user({ blocked = false } = {}): Promise<string> {
  const waId = String(next++);
  await running.write(waId);
  if (blocked) await running.block(waId);
  return waId;
}

async function isBlocked(waId: string): Promise<boolean> {
  const { body } = await running.list('?limit=1000');
  return body.data.some((row: { wa_id: string }) => row.wa_id === waId);
}

const product = { messaging_product: 'whatsapp' };
const query = (fields: Readonly<Record<string, string>>) => `?${new URLSearchParams(fields)}`;
const users = (...waIds: string[]) => JSON.stringify(waIds.map((waId) => ({ user: `+${waId}` })));

function multipart(fields: readonly (readonly [string, string])[], extra = '') {
  const parts = fields.map(
    ([name, text]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`,
  );
  return {
    body: `${parts.join('')}${extra}--b--\r\n`,
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
  };
}
const form = (fields: Readonly<Record<string, string>>) => ({
  body: new URLSearchParams(fields).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});

for (const at of dialects) {
  for (const method of ['delete', 'DELETE', 'Delete']) {
    test(`POST ${at}?method=${method} unblocks`, async () => {
      const ana = await user({ blocked: true });
      const body = { ...product, block_users: [{ user: ana }] };
      const answer = await call('POST', `${at}?method=${method}`, { body });
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.body.block_users.removed_users, [{ input: ana, wa_id: ana }]);
      assert.equal(await isBlocked(ana), false);
    });
  }

  test(`POST ${at} with the form field or JSON field method=delete unblocks`, async () => {
    for (const options of [
      (waId: string) => form({ ...product, method: 'delete', block_users: users(waId) }),
      (waId: string) => ({ body: { ...product, method: 'DELETE', block_users: [{ user: waId }] } }),
    ]) {
      const ana = await user({ blocked: true });
      const answer = await call('POST', at, options(ana));
      assert.equal(answer.body.block_users.removed_users.length, 1);
      assert.equal(await isBlocked(ana), false);
    }
  });

  test(`POST ${at} with method=get lists, with the parameters of a page by query, form or JSON`, async () => {
    await user({ blocked: true });
    await user({ blocked: true });
    for (const answer of [
      await call('POST', `${at}?method=get&limit=1`),
      await call('POST', at, form({ method: 'get', limit: '1' })),
      await call('POST', `${at}?method=GET`, { body: { limit: 1 } }),
    ]) {
      assert.equal(answer.status, 200);
      assert.equal(answer.body.data.length, 1);
    }
  });

  test(`GET ${at} with method=post blocks`, async () => {
    const ana = await user();
    const fields = { ...product, method: 'post', block_users: users(ana) };
    const answer = await call('GET', at + query(fields));
    assert.equal(answer.body.block_users.added_users.length, 1);
    assert.equal(await isBlocked(ana), true);
  });

  test(`DELETE ${at} takes its parameters from the query`, async () => {
    const ana = await user({ blocked: true });
    const answer = await call('DELETE', at + query({ ...product, block_users: users(ana) }));
    assert.deepEqual(answer.body.block_users.removed_users, [{ input: `+${ana}`, wa_id: ana }]);
    assert.equal(await isBlocked(ana), false);
  });
}

test('a method that the Graph API does not have is refused, and nothing changes', async () => {
  const ana = await user();
  for (const method of ['put', 'delete ', '["delete"]']) {
    const fields = { method, ...product, block_users: users(ana) };
    const { status, body } = await call('POST', path + query(fields));
    assert.deepEqual([status, body.error.code], [400, 100]);
    assert.match(body.error.message, /Param method must be one of \{get, post, delete\}/);
  }
  assert.equal(await isBlocked(ana), false);
});

test('HEAD changes nothing, with any parameters', async () => {
  const ana = await user({ blocked: true });
  await call('HEAD', path + query({ method: 'delete', ...product, block_users: users(ana) }));
  assert.equal(await isBlocked(ana), true);
});

test('a message is sent by every form of POST, and by no other method', async () => {
  const ana = await user();
  const messages = `/v25.0/${demoNumber}/messages`;
  const message = { ...product, to: ana, type: 'text', text: '{"body":"hi"}' };
  const sent = await call('GET', messages + query({ ...message, method: 'post' }));
  assert.equal(sent.body.contacts[0].wa_id, ana);
  const refused = await call('POST', messages + query({ ...message, method: 'delete' }));
  assert.deepEqual([refused.status, refused.body.error.error_subcode], [400, 33]);
  assert.match(refused.body.error.message, /^Unsupported delete request/);
});

test('a parameter of the query overrides the same parameter of the body', async () => {
  const [ana, ben] = [await user(), await user()];
  for (const options of [
    { body: { ...product, block_users: [{ user: ben }] } },
    form({ ...product, block_users: users(ben) }),
  ]) {
    const answer = await call('POST', path + query({ block_users: users(ana) }), options);
    assert.deepEqual(answer.body.block_users.added_users, [{ input: `+${ana}`, wa_id: ana }]);
  }
  assert.equal(await isBlocked(ben), false);
});

test('the last value of a repeated parameter counts, and an empty parameter counts as absent', async () => {
  const ana = await user();
  const twice = `&block_users=${encodeURIComponent(users(await user()))}`;
  const one = `messaging_product=whatsapp${twice}&block_users=${encodeURIComponent(users(ana))}&block_users=`;
  const answer = await call('POST', `${path}?${one}`);
  assert.deepEqual(answer.body.block_users.added_users, [{ input: `+${ana}`, wa_id: ana }]);
});

test("lists in PHP's bracket notation, by query and by both kinds of form", async () => {
  const fields = (waId: string, other: string) => ({
    ...product,
    'block_users[0][user]': `+${waId}`,
    'block_users[1][user]': other,
  });
  for (const make of [
    (waId: string, other: string) => call('POST', path + query(fields(waId, other))),
    (waId: string, other: string) => call('POST', path, form(fields(waId, other))),
    (waId: string, other: string) => call('POST', path, multipart(Object.entries(fields(waId, other)))),
  ]) {
    const [ana, ben] = [await user(), await user()];
    const answer = await make(ana, ben);
    assert.deepEqual(answer.body.block_users.added_users, [
      { input: `+${ana}`, wa_id: ana },
      { input: ben, wa_id: ben },
    ]);
  }
  const [cem, dan] = [await user(), await user()];
  const mixed = `block_users[1][user]=${cem}&block_users[][user]=${dan}&messaging_product=whatsapp`;
  const answer = await call('POST', `${path}?${mixed}`);
  assert.deepEqual(
    answer.body.block_users.added_users.map(({ wa_id }: { wa_id: string }) => wa_id),
    [cem, dan],
  );
  const tooDeep = await call('POST', path + query({ [`a${'[b]'.repeat(20)}`]: '1' }));
  assert.match(tooDeep.body.error.message, /nested deeper than 8 levels/);
});

test('multipart, with the token as a part', async () => {
  const ana = await user();
  const fields: [string, string][] = [
    ['access_token', key],
    ['messaging_product', 'whatsapp'],
    ['block_users', users(ana)],
  ];
  const answer = await call('POST', path, { key: null, ...multipart(fields) });
  assert.deepEqual(answer.body.block_users.added_users, [{ input: `+${ana}`, wa_id: ana }]);
  const removed = await call('DELETE', path, multipart(fields));
  assert.equal(removed.body.block_users.removed_users.length, 1);
});

const file = '--b\r\nContent-Disposition: form-data; name="block_users"; filename="x.json"\r\n\r\n[]\r\n';
const nameless = '--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n';
const parts = Array.from({ length: 101 }, (_, index) => [`a${index}`, '1'] as const);
for (const [name, options, status, problem] of [
  ['with a file in it', multipart([], file), 400, /Param block_users must be text, not a file/],
  ['with too many parts', multipart(parts), 400, /more than 100 parts/],
  ['that breaks off', { ...multipart([]), body: '--b\r\nContent-Dis' }, 400, /not valid multipart/],
  ['with a part without a name', multipart([], nameless), 400, /not valid multipart/],
  [
    'with a file without a name',
    multipart([], file.replace('name="block_users"; ', '')),
    400,
    /not valid multipart/,
  ],
  [
    'without a boundary',
    { body: 'x', headers: { 'content-type': 'multipart/form-data' } },
    400,
    /not valid multipart/,
  ],
  ['without a token', { ...multipart([['a', '1']]), key: null }, 401, /access token is required/],
] as const) {
  test(`multipart ${name} is refused`, async () => {
    const { status: got, body } = await call('POST', path, options);
    assert.equal(got, status);
    assert.match(body.error.message, problem);
  });
}

test('an interrupted multipart file does not stop the server', async (t) => {
  const { url, end } = await startProcess({ env: { BLOCKHOUSE_STORE: 'sqlite::memory:' } });
  t.after(() => end('SIGKILL'));
  const { headers } = multipart([]);
  for (const body of [file.slice(0, -2), file.slice(0, -4), `${file}--b\r\nContent-Disposition`]) {
    const { status } = await fetch(url + path, { method: 'POST', headers, body });
    assert.equal(status, 400);
  }
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  assert.deepEqual(await end('SIGTERM'), { code: 0, signal: null });
});

test("both kinds of form are refused on paths that are not in Meta's format", async () => {
  for (const options of [form({ id: '1' }), multipart([['id', '1']])]) {
    const { status, body } = await call('POST', '/blockhouse/v1/keys', options);
    assert.equal(status, 415);
    assert.match(body.error.message, /Content-Type must be application\/json/);
  }
});

test('a compressed body is refused with the reason', async () => {
  const headers = { 'content-encoding': 'gzip' };
  const { status, body } = await call('POST', path, { body: { ...product, block_users: [] }, headers });
  assert.equal(status, 415);
  assert.match(body.error.message, /Content-Encoding/);
});
