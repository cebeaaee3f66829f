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
  const first = await one.claim('run', request);
  await one.keep('run', first.owner, { ...first.run, done: 1, chunks: [0] }, { index: 0, results });
  await assert.rejects(two.claim('run', request), RunConflict);
  await assert.rejects(one.claim('run', request), RunConflict);
  assert.equal((await two.find('run'))?.state, 'running');

  real.nowMs += 30_000;
  assert.equal((await two.find('run'))?.state, 'stopped');
  const second = await two.claim('run', request);
  assert.deepEqual([second.run.state, second.run.chunks], ['running', [0]]);
  await two.keep('run', second.owner, { ...second.run, done: 2, chunks: [0, 1] }, { index: 1, results });

  const late = one.keep('run', first.owner, { ...first.run, done: 9 }, { index: 1, results: [] });
  await assert.rejects(late, /another caller has taken this run over/);
  await one.release('run', first.owner);
  assert.deepEqual([(await two.find('run'))?.done, await two.results('run', 1)], [2, results]);
  assert.equal((await two.find('run'))?.state, 'running');
});

test('a claim is renewed while its owner works, however long a chunk takes', async (t) => {
  const { real, process } = start({ shared: true });
  const [one, two] = [process(), process()];
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { owner } = await one.claim('run', request);
  const stop = one.keepAlive('run', owner);
  for (let beat = 0; beat < 12; beat++) {
    real.nowMs += 5000;
    t.mock.timers.tick(5000);
    await new Promise(setImmediate);
  }
  await assert.rejects(two.claim('run', request), RunConflict);
  stop();
  await one.release('run', owner);
  assert.equal((await two.find('run'))?.state, 'stopped');
  await two.claim('run', request);
});

test('a run whose end could not be stored is not claimed in its own process', async () => {
  const { store, process } = start({ shared: true });
  const runs = process();
  const { owner } = await runs.claim('run', request);
  const { changeRecords } = store;
  store.changeRecords = async () => {
    throw new StoreUnavailable('the database does not answer');
  };
  await runs.release('run', owner);
  store.changeRecords = changeRecords;
  assert.equal((await runs.find('run'))?.state, 'stopped');
  await runs.claim('run', request);
});

test('after a restart of the only process, its runs have stopped', async () => {
  const { process } = start({ shared: false });
  await process().claim('run', request);
  const restarted = process();
  assert.equal((await restarted.find('run'))?.state, 'stopped');
  assert.equal((await restarted.claim('run', request)).run.state, 'running');
});

test('a record that a reset has deleted belongs to no other caller', async () => {
  const { store, process } = start({ shared: true });
  const runs = process();
  const { owner, run } = await runs.claim('run', request);
  await store.importState(() => ({ names: [], users: [], numbers: [] }), { forget: ['run'] });
  await runs.keep('run', owner, { ...run, state: 'done' });
  assert.equal((await runs.find('run'))?.state, 'done');
});
