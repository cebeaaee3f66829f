// Shows that pages of other origins can read the responses of routes with a key, errors included, and no
// others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber, startServer } from './harness.ts';

const origin = 'https://crm.example';

test('a preflight is answered, without a key', async (t) => {
  const { url } = await startServer(t);
  const asks = {
    origin,
    'access-control-request-method': 'DELETE',
    'access-control-request-headers': 'authorization',
  };
  const answer = await fetch(`${url}/v25.0/${demoNumber}/block_users`, { method: 'OPTIONS', headers: asks });
  assert.equal(answer.status, 204);
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  assert.match(answer.headers.get('access-control-allow-methods') ?? '', /DELETE/);
  assert.match(answer.headers.get('access-control-allow-headers') ?? '', /authorization/);
  assert.equal(answer.headers.get('access-control-allow-credentials'), null);
});

test('pages of other origins can read responses of routes with a key, refusals and unknown paths included', async (t) => {
  const { call } = await startServer(t);
  for (const [path, key] of [
    [`/v25.0/${demoNumber}/block_users`, undefined],
    ['/blockhouse/v1/numbers', undefined],
    ['/blockhouse/v1/numbers', 'wrong'],
    ['/no/such/path', undefined],
  ] as const) {
    const { headers } = await call('GET', path, { headers: { origin }, ...(key && { key }) });
    assert.equal(headers.get('access-control-allow-origin'), '*', path);
    assert.match(headers.get('access-control-expose-headers') ?? '', /retry-after/);
  }
});

test("only pages of the server's own origin can read responses of routes without a key", async (t) => {
  const { call } = await startServer(t);
  for (const path of ['/metrics', '/healthz', '/openapi.json']) {
    assert.equal(
      (await call('GET', path, { headers: { origin } })).headers.get('access-control-allow-origin'),
      null,
    );
  }
});
