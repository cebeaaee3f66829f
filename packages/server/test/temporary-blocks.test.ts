// Shows that temporary blocks expire in time, by the sandbox's clock, in real time, and across restarts, and
// that the activity records it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { demoNumber, startServer } from './harness.ts';
import { latest } from './stores/store-suite.ts';
import { testStore } from './test-store.ts';

const ana = '16505551234';
const blocksPath = `/blockhouse/v1/numbers/${demoNumber}/blocks`;
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

test('a block expires when the clock is moved, and its expiry can be extended', async (t) => {
  const { call, write, list, advance } = await startServer(t);
  const block = (until: string) =>
    call('POST', '/blockhouse/v1/blocks', {
      body: { users: [ana], numbers: ['*'], until, note: 'calm down' },
    });
  await write(ana);
  assert.equal((await block(inMs(3_600_000))).body.results[0].outcome, 'blocked');
  const ends = inMs(2 * 3_600_000);
  const again = await block(ends);
  assert.deepEqual([again.body.results[0].outcome, again.body.results[0].changed], ['blocked', false]);
  await advance('61m');
  assert.equal((await list()).body.data.length, 1, 'it was lengthened');
  assert.equal((await write(ana)).body.dropped.length, 1);
  await advance('60m');
  assert.deepEqual((await list()).body, { data: [] });
  assert.equal((await write(ana)).body.admitted.length, 1);
  const [entry] = (await call('GET', '/blockhouse/v1/activity?outcome=expired')).body.data;
  assert.deepEqual([entry.operation, entry.wa_id, entry.source], ['unblock', ana, 'until']);
  assert.equal(entry.at, ends, 'when it was over, not when somebody looked');
});

test('a block expires in real time, without a request', async (t) => {
  const { server, call, write, list } = await startServer(t);
  await write(ana);
  const ended = Promise.withResolvers<void>();
  const change = server.store.change.bind(server.store);
  server.store.change = async (...asked) => {
    const answer = await change(...asked);
    const over = await server.store.activity(demoNumber, { ...latest(1), outcome: 'expired' });
    if (over.length > 0) ended.resolve();
    return answer;
  };
  await call('POST', '/blockhouse/v1/blocks', { body: { users: [ana], numbers: ['*'], until: inMs(300) } });
  await ended.promise;
  assert.deepEqual((await list()).body.data, []);
  const [entry] = (await call('GET', '/blockhouse/v1/activity?outcome=expired')).body.data;
  assert.equal(entry.wa_id, ana);
});

test('a block that expired while the server was down has ended after the start', async (t) => {
  const folder = tempFolder(t);
  const store = testStore(join(folder, 'db'));
  const first = await startServer(t, { store });
  await first.write(ana, '14155559876');
  const body = { users: [ana], numbers: ['*'], until: inMs(3_600_000) };
  await first.call('POST', '/blockhouse/v1/blocks', { body });
  await first.block('14155559876');
  // The clock is moved while no server runs.
  await first.server.store.changeSetting('sandbox_clock', () =>
    JSON.stringify({ mode: 'offset', offsetMs: 2 * 3_600_000 }),
  );
  await first.server.close();
  const second = await startServer(t, { store });
  assert.deepEqual(
    (await second.call('GET', blocksPath)).body.data.map((row: { wa_id: string }) => row.wa_id),
    ['14155559876'],
  );
});
