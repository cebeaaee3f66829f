// Shows that only one caller at a time works on a bulk run: a claim in the store is renewed during the work,
// and expires otherwise.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreUnavailable } from '@blockhouse/engine';
import { BulkRuns, RunConflict } from '../src/blocklists/bulk/runs.ts';
import { createLog } from '../src/observability/log.ts';
import { ModelStore } from './stores/model-store.ts';
import { startMs } from './stores/store-suite.ts';

const request = {
  id: 'half',
  operation: 'block',
  requestHash: 'aa',
  total: 3000,
  startedAtMs: Date.UTC(2026, 0, 1),
} as const;
const results = [{ numberId: '1', user: '16505551234', outcome: 'blocked', changed: true }] as const;

const key = { keyId: 'key_1', id: 'run' };

/** Processes that share a store and a clock, which determines when a claim expires. */
function start({ shared }: { shared: boolean }) {
  const store = Object.assign(new ModelStore(), { shared: shared as false });
  const real = { nowMs: startMs };
  const log = createLog('silent');
  const process = () => new BulkRuns({ store, log, clock: () => startMs, realClock: () => real.nowMs });
  return { store, real, process };
}

test('a second process is refused while the first one works, and takes over after its claim expires', async () => {
  const { real, process } = start({ shared: true });
  const [one, two] = [process(), process()];
  const first = await one.claim(key, request);
  await one.keep(key, first.owner, { ...first.run, done: 1, chunks: [0] }, { index: 0, results });
  await assert.rejects(two.claim(key, request), RunConflict);
  await assert.rejects(one.claim(key, request), RunConflict);
  assert.equal((await two.find(key))?.state, 'running');

  real.nowMs += 30_000;
  assert.equal((await two.find(key))?.state, 'stopped');
  const second = await two.claim(key, request);
  assert.deepEqual([second.run.state, second.run.chunks], ['running', [0]]);
  await two.keep(key, second.owner, { ...second.run, done: 2, chunks: [0, 1] }, { index: 1, results });

  const late = one.keep(key, first.owner, { ...first.run, done: 9 }, { index: 1, results: [] });
  await assert.rejects(late, /another caller has taken over this run/);
  await one.release(key, first.owner);
  assert.deepEqual([(await two.find(key))?.done, await two.results(key, 1)], [2, results]);
  assert.equal((await two.find(key))?.state, 'running');
});

test('a claim is renewed while its owner works, however long a chunk takes', async (t) => {
  const { real, process } = start({ shared: true });
  const [one, two] = [process(), process()];
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { owner } = await one.claim(key, request);
  const stop = one.keepAlive(key, owner);
  for (let beat = 0; beat < 12; beat++) {
    real.nowMs += 5000;
    t.mock.timers.tick(5000);
    await new Promise(setImmediate);
  }
  await assert.rejects(two.claim(key, request), RunConflict);
  stop();
  await one.release(key, owner);
  assert.equal((await two.find(key))?.state, 'stopped');
  await two.claim(key, request);
});

test('a run whose end could not be stored is not claimed in its own process', async () => {
  const { store, process } = start({ shared: true });
  const runs = process();
  const { owner } = await runs.claim(key, request);
  const { change } = store.bulkRuns;
  store.bulkRuns.change = async () => {
    throw new StoreUnavailable('the database does not answer');
  };
  await runs.release(key, owner);
  store.bulkRuns.change = change;
  assert.equal((await runs.find(key))?.state, 'stopped');
  await runs.claim(key, request);
});

test('after a restart of the only process, its runs have stopped', async () => {
  const { process } = start({ shared: false });
  await process().claim(key, request);
  const restarted = process();
  assert.equal((await restarted.find(key))?.state, 'stopped');
  assert.equal((await restarted.claim(key, request)).run.state, 'running');
});

test('a record that a reset has deleted belongs to no other caller', async () => {
  const { store, process } = start({ shared: true });
  const runs = process();
  const { owner, run } = await runs.claim(key, request);
  await store.importState(() => ({ names: [], users: [], numbers: [] }));
  await runs.keep(key, owner, { ...run, state: 'done' });
  assert.equal((await runs.find(key))?.state, 'done');
});
