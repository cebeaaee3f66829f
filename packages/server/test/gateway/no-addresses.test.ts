// Shows that errors about an unreachable platform contain no address of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber } from '../harness.ts';
import { startGatewayTo } from './gateway.ts';

test('no error about a platform that refuses connections contains its address, on any path', async (t) => {
  // The port of discard, where nothing listens.
  const gateway = await startGatewayTo(
    t,
    { base_url: 'http://127.0.0.1:9/graph', token: 'EAAJB-token' },
    { upstreamDeadlineMs: 100 },
  );
  const { body } = await gateway.call('POST', '/blockhouse/v1/keys', {
    body: { name: 'shop', role: 'app', numbers: [demoNumber] },
  });
  const call = (method: string, path: string, json?: object) =>
    gateway.call(method, path, { key: body.key, ...(json && { body: json }) });
  const users = { messaging_product: 'whatsapp', block_users: [{ user: '+16505551234' }] };
  const answers = [
    await call('GET', `/v25.0/${demoNumber}/block_users`),
    await call('POST', `/v25.0/${demoNumber}/block_users`, users),
    await call('DELETE', `/v25.0/${demoNumber}/block_users`, users),
    await call('POST', `/v25.0/${demoNumber}/messages`, { to: '16505551234' }),
    await call('GET', `/v25.0/${demoNumber}/settings`),
    await call('GET', '/v25.0/998877'),
    await call('GET', `/blockhouse/v1/numbers/${demoNumber}/media/998877`),
    await call('GET', `/api/v1.0/${demoNumber}/block_users`),
  ];
  for (const { status, body: answer } of answers) {
    assert.ok(status >= 400, JSON.stringify(answer));
    assert.doesNotMatch(JSON.stringify(answer), /127\.0\.0\.1|:9\b|\/graph|ECONN/);
  }
});
