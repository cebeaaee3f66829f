// Shows that a request reaches Meta with the same meaning in every form of Graph, and without the client's key.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { blockBody, demoNumber } from '../harness.ts';
import { addCloudNumber, startGateway } from './gateway.ts';

const user = '16505551234';
const form = 'application/x-www-form-urlencoded';

for (const at of [`/v25.0/${demoNumber}/block_users`, `/api/v25.0/${demoNumber}/block_users`]) {
  test(`POST ${at} with method=delete unblocks at Meta`, async (t) => {
    const { meta, gateway } = await startGateway(t);
    const unblocks = [
      () => gateway.call('POST', `${at}?method=delete`, { body: blockBody(user) }),
      () =>
        gateway.call('POST', at, {
          body: `method=DELETE&messaging_product=whatsapp&block_users=[{"user":"${user}"}]`,
          headers: { 'content-type': form },
        }),
      () => gateway.call('DELETE', `${at}?messaging_product=whatsapp&block_users=[{"user":"%2B${user}"}]`),
    ];
    for (const unblock of unblocks) {
      await meta.write(user);
      await meta.block(user);
      assert.equal((await meta.list()).body.data.length, 1);
      const answer = await unblock();
      assert.equal(answer.body.block_users.removed_users.length, 1);
      assert.deepEqual((await meta.list()).body.data, []);
    }
    const listed = await gateway.call('POST', `${at}?method=get`, { body: {} });
    assert.deepEqual(listed.body.data, []);
  });
}

test("a send in the provider's dialect hands on the message, and not the key that stands beside it", async (t) => {
  const seen: string[] = [];
  const meta = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`);
    response.setHeader('content-type', 'application/json').end('{"data":[],"messages":[]}');
  });
  meta.listen(0, '127.0.0.1');
  await once(meta, 'listening');
  t.after(() => meta.close());
  const { gateway, key } = await startGateway(t);
  const { port } = meta.address() as { port: number };
  const other = '206540352242922';
  await addCloudNumber(
    gateway,
    { base_url: `http://127.0.0.1:${port}`, token: 'token-of-meta' },
    { id: other, phone: '+1 555 078 3882' },
  );
  seen.length = 0;
  const answer = await gateway.call('POST', `/api/v25.0/${other}/messages`, {
    key: null,
    body: `access_token=${key}&messaging_product=whatsapp&to=${user}&type=text&text={"body":"hi"}`,
    headers: { 'content-type': form },
  });
  assert.equal(answer.status, 200);
  const [sent = ''] = seen;
  assert.match(
    sent,
    /^POST \/v25\.0\/206540352242922\/messages\?appsecret_proof=[\da-f]{64} Bearer token-of-meta \{/,
  );
  assert.deepEqual(JSON.parse(sent.slice(sent.indexOf('{'))), {
    messaging_product: 'whatsapp',
    to: user,
    type: 'text',
    text: { body: 'hi' },
  });
  assert.ok(!seen.join().includes(key));
});
