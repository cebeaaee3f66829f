// Shows that a link to an embedded panel contains no secret, and works until it expires or its key is
// revoked.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { KeyRing } from '../src/auth/api-keys.ts';
import { Sessions } from '../src/auth/sessions.ts';
import { openSqliteStore } from '../src/stores/sqlite/store.ts';
import { demoNumber, type Running, startServer } from './harness.ts';
import { numberRecord, startMs } from './stores/store-suite.ts';

async function makeLink({ call }: Running, key: string): Promise<string> {
  const path = `/blockhouse/v1/numbers/${demoNumber}/embed-links`;
  const { status, body } = await call('POST', path, { key, body: { person: 'Ben' } });
  assert.equal(status, 200, JSON.stringify(body));
  return body.path.split('#')[1];
}

const open = async ({ call }: Running, link: string) =>
  (await call('POST', '/blockhouse/v1/session', { key: null, body: { link } })).status;

test('a link contains the ID of its key, and nothing of its token', async (t) => {
  const running = await startServer(t);
  const link = await makeLink(running, running.key);
  const content = Buffer.from(link.split('.')[0] ?? '', 'base64url').toString();
  const { key, number, person } = JSON.parse(content);
  assert.deepEqual([key, number, person], ['key_demo', demoNumber, 'Ben']);
  for (const form of ['hex', 'base64', 'base64url'] as const) {
    const hash = createHash('sha256').update(running.key).digest(form);
    assert.ok(!content.includes(hash) && !link.includes(hash), form);
  }
});

test('a link can be opened several times, and a changed link cannot be opened', async (t) => {
  const running = await startServer(t);
  const link = await makeLink(running, running.key);
  assert.deepEqual([await open(running, link), await open(running, link)], [200, 200]);
  const [content = '', signature = ''] = link.split('.');
  const claims = JSON.parse(Buffer.from(content, 'base64url').toString());
  const forged = Buffer.from(JSON.stringify({ ...claims, person: 'The boss' })).toString('base64url');
  for (const text of [`${forged}.${signature}`, content, `${content}.`, `.${signature}`, '', 'x.y'])
    assert.equal(await open(running, text), 401, text);
});

test('the links of a revoked key stop working', async (t) => {
  const running = await startServer(t);
  const made = await running.call('POST', '/blockhouse/v1/keys', {
    body: { name: 'CRM', role: 'agent', numbers: [demoNumber] },
  });
  const link = await makeLink(running, made.body.key);
  assert.equal(await open(running, link), 200);
  await running.call('DELETE', `/blockhouse/v1/keys/${made.body.id}`);
  assert.equal(await open(running, link), 401);
});

test('a link expires, and it stops working if the token of its key changes', async (t) => {
  const store = openSqliteStore(':memory:');
  t.after(() => store.close());
  let nowMs = startMs;
  const clock = () => nowMs;
  const secret = Buffer.from('the secret of the installation');
  const sessionsOf = (adminToken: string) => {
    const keyRing = new KeyRing({ store, clock, mode: 'live', adminToken });
    return { keyRing, sessions: new Sessions({ store, keyRing, secret, clock }) };
  };
  const { keyRing, sessions } = sessionsOf('a'.repeat(32));
  const check = await keyRing.check('a'.repeat(32));
  assert.ok(check.state === 'valid');
  const link = sessions.signLink(check.key, numberRecord(), { person: null, lifeMs: 1000 });
  assert.equal(await sessionsOf('b'.repeat(32)).sessions.openLink(link), null);
  nowMs += 999;
  assert.ok(await sessions.openLink(link));
  nowMs += 1;
  assert.equal(await sessions.openLink(link), null);
});
