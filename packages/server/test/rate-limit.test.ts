// Shows that the rate is limited for each key and number, that the response says when to retry, and that the
// limit follows the sandbox's clock.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber, startServer } from './harness.ts';

test('a rate of 3/s refuses the fourth request, and accepts requests again later', async (t) => {
  const { call, list, advance } = await startServer(t, { rateLimit: { perSecond: 3 } });
  await call('POST', '/sandbox/clock', { body: { freeze: true } });
  const usage = async () =>
    JSON.parse((await list()).headers.get('x-business-use-case-usage') ?? '')['102290129340398'][0]
      .call_count;
  assert.deepEqual([await usage(), await usage(), await usage()], [33, 67, 100]);

  const refused = await list();
  assert.deepEqual([refused.status, refused.body.error.code], [429, 130429]);
  assert.equal(refused.body.error.is_transient, true);
  assert.equal(refused.headers.get('retry-after'), '1');
  assert.match(refused.headers.get('x-business-use-case-usage') ?? '', /"call_count":100/);

  const { body: key } = await call('POST', '/blockhouse/v1/keys', {
    body: { name: 'x', role: 'app', numbers: ['*'] },
  });
  assert.equal(
    (await call('GET', `/${demoNumber}/block_users`, { key: key.key })).status,
    200,
    'another key',
  );
  const { body: number } = await call('POST', '/blockhouse/v1/numbers', {
    body: { display_phone_number: '+1 555 078 3882' },
  });
  assert.equal((await call('GET', `/${number.id}/block_users`)).status, 200, 'another number');

  await advance('334ms');
  assert.equal((await list()).status, 200);
  assert.equal((await list()).status, 429);
});
