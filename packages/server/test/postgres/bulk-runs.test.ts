// Shows that two servers never work on one bulk run at the same time: the second is refused, and repeats the answer when the first is done.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '@blockhouse/server';
import { demoNumber, startServer } from '../harness.ts';
import { freshSchema, postgres } from '../stores/postgres.ts';

const users = Array.from({ length: 2500 }, (_, index) => String(16_500_000_000 + index));
const body = { users, numbers: [demoNumber] };
const headers = { 'idempotency-key': 'cleanup' };

test('the same Idempotency-Key at two servers is one run', async (t) => {
  const address = `${(await postgres()).url}?schema=${freshSchema()}`;
  const { store } = readConfig({ BLOCKHOUSE_STORE: address });
  const one = await startServer(t, { store });
  const two = await startServer(t, { store });
  for (let from = 0; from < users.length; from += 1000) await one.write(...users.slice(from, from + 1000));

  const change = one.server.store.change.bind(one.server.store);
  const inHand = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  one.server.store.change = async (...call) => {
    inHand.resolve();
    await goOn.promise;
    return change(...call);
  };
  const first = one.call('POST', '/blockhouse/v1/blocks', { body, headers });
  await inHand.promise;
  const refused = await two.call('POST', '/blockhouse/v1/blocks', { body, headers, key: one.key });
  assert.equal(refused.status, 409);
  assert.match(refused.body.error.message, /Idempotency-Key: run "cleanup" is still running/);
  const run = await two.call('GET', '/blockhouse/v1/runs/cleanup', { key: one.key });
  assert.deepEqual([run.body.state, run.body.claim], ['running', undefined]);
  goOn.resolve();
  const answer = await first;
  assert.deepEqual([answer.body.run.state, answer.body.run.counts], ['done', { blocked: 2500 }]);
  assert.ok(answer.body.results.every(({ changed }: { changed: boolean }) => changed));
  const repeat = await two.call('POST', '/blockhouse/v1/blocks', { body, headers, key: one.key });
  assert.deepEqual(repeat.body.results, answer.body.results);
});
