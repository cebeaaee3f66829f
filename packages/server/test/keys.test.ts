// Shows how keys are created, sent, restricted, expired, and revoked, and that a token is shown only once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminKey, blockBody, demoNumber, type Running, startServer } from './harness.ts';

const path = `/v25.0/${demoNumber}/block_users`;

async function makeKey({ call }: Running, body: object) {
  const { status, body: made } = await call('POST', '/blockhouse/v1/keys', {
    body: { name: 'Test', role: 'app', numbers: ['*'], ...body },
  });
  assert.equal(status, 201, JSON.stringify(made));
  return made as { id: string; key: string };
}

test('a token is accepted as Bearer, X-API-Key, or access_token', async (t) => {
  const { call, key } = await startServer(t);
  const answers = await Promise.all([
    call('GET', path),
    call('GET', path, { key: null, headers: { 'x-api-key': key } }),
    call('GET', `${path}?access_token=${key}`, { key: null }),
    call('GET', path, { key: null, headers: { authorization: `bearer  ${key}` } }),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200],
  );
  const bare = await call('GET', path, { key: null });
  assert.deepEqual([bare.status, bare.body.error.code], [401, 104]);
  const basic = await call('GET', path, { key: null, headers: { authorization: 'Basic abc' } });
  assert.deepEqual([basic.status, basic.body.error.code], [401, 104]);
});

test('the URL of the next page contains no token', async (t) => {
  const { call, key, write, block } = await startServer(t);
  await write('16505551234', '14155559876');
  await block('16505551234', '14155559876');
  const { body } = await call('GET', `${path}?limit=1&access_token=${key}`, { key: null });
  assert.ok(body.paging.next.startsWith('http://127.0.0.1:'));
  assert.ok(!body.paging.next.includes(key));
});

test('a key is shown once, listed without its token, and revoked immediately', async (t) => {
  const running = await startServer(t);
  const { call } = running;
  const { id, key } = await makeKey(running, { name: 'CRM' });
  assert.match(key, /^pk_test_[\w-]{43}$/);
  assert.equal((await call('GET', path, { key })).status, 200);

  const { body: listed } = await call('GET', '/blockhouse/v1/keys');
  assert.equal(listed.data.length, 2);
  assert.ok(!JSON.stringify(listed).includes(key.slice(8)));
  assert.equal(listed.data[1].name, 'CRM');

  assert.deepEqual((await call('DELETE', `/blockhouse/v1/keys/${id}`)).body, { success: true });
  const refused = await call('GET', path, { key });
  assert.deepEqual([refused.status, refused.body.error.code], [401, 190]);
  assert.equal((await call('DELETE', `/blockhouse/v1/keys/${id}`)).body.error.error_subcode, 33);
});

test('the error for an expired key says that it has expired', async (t) => {
  const running = await startServer(t);
  const { call, advance } = running;
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const { key } = await makeKey(running, { expires_at: expiresAt });
  assert.equal((await call('GET', path, { key })).status, 200);
  await advance('1h');
  const { status, body, headers } = await call('GET', path, { key });
  assert.deepEqual([status, body.error.code, body.error.error_subcode], [401, 190, 463]);
  assert.match(body.error.message, /^Error validating access token: Session has expired on /);
  assert.match(headers.get('www-authenticate') ?? '', /^OAuth "Facebook Platform" "invalid_token"/);
});

test('a key has access only to its numbers', async (t) => {
  const running = await startServer(t);
  const { call } = running;
  const { body: other } = await call('POST', '/blockhouse/v1/numbers', {
    body: { display_phone_number: '+1 555 078 3882' },
  });
  const { key } = await makeKey(running, { role: 'agent', numbers: [other.id] });
  assert.equal((await call('GET', `/${other.id}/block_users`, { key })).status, 200);
  const refused = await call('GET', path, { key });
  assert.deepEqual([refused.status, refused.body.error.error_subcode], [400, 33]);
  const { body: numbers } = await call('GET', '/blockhouse/v1/numbers', { key });
  assert.deepEqual(
    numbers.data.map(({ id }: { id: string }) => id),
    [other.id],
  );
});

test('each role has its own permissions', async (t) => {
  const running = await startServer(t);
  const { call } = running;
  const keys = {
    admin: running.key,
    agent: (await makeKey(running, { role: 'agent' })).key,
    app: (await makeKey(running, { role: 'app' })).key,
  };
  const number = `/blockhouse/v1/numbers/${demoNumber}`;
  const calls = [
    { what: ['POST', path, blockBody()], may: ['admin', 'agent', 'app'] },
    { what: ['DELETE', path, blockBody()], may: ['admin', 'agent', 'app'] },
    { what: ['GET', path], may: ['admin', 'agent', 'app'] },
    {
      what: ['POST', `/${demoNumber}/messages`, { messaging_product: 'whatsapp', to: '16505551234' }],
      may: ['admin', 'app'],
    },
    { what: ['POST', `${number}/inbound`, { messages: [] }], may: ['admin', 'app'] },
    { what: ['GET', '/blockhouse/v1/numbers'], may: ['admin', 'agent'] },
    { what: ['GET', number], may: ['admin', 'agent'] },
    { what: ['PATCH', number, {}], may: ['admin'] },
    { what: ['POST', '/blockhouse/v1/numbers', { display_phone_number: '+1 555 078 3883' }], may: ['admin'] },
    { what: ['GET', '/blockhouse/v1/keys'], may: ['admin'] },
  ] as const;
  for (const { what, may } of calls) {
    const [method, at, body] = what;
    for (const [role, key] of Object.entries(keys)) {
      const { status, body: answer } = await call(method, at, { key, body });
      const allowed = (may as readonly string[]).includes(role);
      assert.ok(
        allowed ? status < 300 : status === 403 && answer.error.code === 10,
        `${role} ${method} ${at}: ${status}`,
      );
    }
  }
});

test('the configured key is an admin key, and it is not stored', async (t) => {
  const { call } = await startServer(t, { adminKey });
  const { status, body } = await call('GET', '/blockhouse/v1/keys');
  assert.equal(status, 200);
  assert.ok(!JSON.stringify(body).includes('BLOCKHOUSE_ADMIN_KEY'));
});

test('a production server refuses sandbox keys, and a sandbox refuses production keys', async (t) => {
  const sandbox = await startServer(t);
  const live = await startServer(t, { sandbox: false, adminKey });
  const { key: liveKey } = (
    await live.call('POST', '/blockhouse/v1/keys', { body: { name: 'x', role: 'app', numbers: ['*'] } })
  ).body;
  assert.match(liveKey, /^pk_live_/);
  assert.equal((await live.call('GET', '/blockhouse/v1/keys', { key: sandbox.key })).body.error.code, 190);
  assert.equal((await sandbox.call('GET', path, { key: liveKey })).body.error.code, 190);
});
