// Shows that old activity is deleted in the background, in batches, despite a store outage or a removed
// number, and without a delay of the start.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { activityPurgeBatch, NumberUnknown, StoreUnavailable } from '@blockhouse/engine';
import { createServer } from '@blockhouse/server';
import { openSqliteStore } from '../src/stores/sqlite/store.ts';
import { demoNumber, serverConfig } from './harness.ts';
import { change, latest, numberRecord, startMs } from './stores/store-suite.ts';

const dayMs = 86_400_000;
const users = Array.from({ length: 900 }, (_, index) => 16_500_000_000 + index);

/** A store with a backlog of expired activity, and its server, which keeps activity for a day. */
async function start(t: TestContext) {
  const store = openSqliteStore(':memory:');
  const ids = [demoNumber, '77'];
  for (const id of ids) {
    await store.changeNumbers(() => ({ put: numberRecord({ id, waId: 15550783881 + Number(id.length) }) }));
    for (let round = 0; round < 3; round++) await change(store, id, 'unblock', users, startMs + round);
  }
  const server = await createServer({ ...serverConfig(), activityRetentionMs: dayMs }, { store });
  t.after(() => server.close());
  const left = async () =>
    await Promise.all(ids.map(async (id) => (await store.activity(id, latest(9999))).length));
  return { store, server, left };
}

/** Resolves after all old activity of a number was deleted. */
function whenDeleted(store: Awaited<ReturnType<typeof start>>['store'], numberId: string) {
  const done = Promise.withResolvers<readonly number[]>();
  const forgetActivity = store.purgeActivity.bind(store);
  const counts: number[] = [];
  store.purgeActivity = async (id, beforeMs) => {
    const count = await forgetActivity(id, beforeMs);
    if (id === numberId) counts.push(count);
    if (id === numberId && count === 0) done.resolve(counts);
    return count;
  };
  return done.promise;
}

test('a backlog is deleted in batches', async (t) => {
  const { store, server, left } = await start(t);
  const deleted = whenDeleted(store, '77');
  await server.listen();
  assert.deepEqual(await deleted, [activityPurgeBatch, activityPurgeBatch, 700, 0]);
  assert.deepEqual(await left(), [0, 0]);
});

test('a start does not wait for the deletion, and does not fail with it', async (t) => {
  const { store, server, left } = await start(t);
  const forgetActivity = store.purgeActivity.bind(store);
  const failed = Promise.withResolvers<void>();
  let failures = 0;
  store.purgeActivity = async () => {
    if (++failures === 1) await failed.promise;
    throw new StoreUnavailable('the database does not answer');
  };
  await server.listen();
  assert.deepEqual([failures, await left()], [1, [2700, 2700]]);
  store.purgeActivity = forgetActivity;
  const deleted = whenDeleted(store, '77');
  failed.resolve();
  await deleted;
  assert.deepEqual(await left(), [0, 0]);
});

test('a number that is removed during the deletion does not delay the others', async (t) => {
  const { store, server } = await start(t);
  const deleted = whenDeleted(store, '77');
  const { purgeActivity: forgetActivity } = store;
  store.purgeActivity = async (id, beforeMs) => {
    if (id === demoNumber) throw new NumberUnknown(id);
    return await forgetActivity(id, beforeMs);
  };
  await server.listen();
  await deleted;
});
