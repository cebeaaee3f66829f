// Shows which processes count as dead after an outage of the database, and when a process counts as cut off from it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatabaseError } from 'pg';
import type { Ask } from '../../src/stores/postgres/connections.ts';
import { Workers } from '../../src/stores/postgres/heartbeat.ts';
import { statements } from '../../src/stores/postgres/statements.ts';

/** Heartbeats over a database whose silent processes and failures the test sets, at a time that it moves. */
function heartbeats(t: { after(work: () => Promise<void>): void }) {
  const state = { silent: [] as string[], failure: null as Error | null, nowMs: 0 };
  const ask: Ask = async (statement) => {
    if (state.failure !== null) throw state.failure;
    return statement === statements.deadWorkers ? state.silent.map((id) => [id, false]) : [];
  };
  const workers = new Workers({
    connections: { read: ask, write: ask },
    events: { takeOver: async () => {}, forget: async () => {} },
    silenceMaxMs: 10_000,
    now: () => state.nowMs,
  });
  t.after(() => workers.close());
  const beatAt = async (nowMs: number) => {
    state.nowMs = nowMs;
    await workers.beat().catch(() => {});
    return workers.dead;
  };
  return { state, workers, beatAt };
}

const unreachable = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

test('a process whose heartbeat has lapsed is dead at the next heartbeat of another', async (t) => {
  const { state, beatAt } = heartbeats(t);
  state.silent = ['b'];
  assert.deepEqual(await beatAt(3_000), ['b']);
});

test('after an outage, a process is not dead before it had the time for a heartbeat', async (t) => {
  const { state, beatAt } = heartbeats(t);
  state.silent = ['dead before'];
  assert.deepEqual(await beatAt(3_000), ['dead before']);
  state.failure = unreachable();
  await beatAt(6_000);
  state.failure = null;
  state.silent = ['dead before', 'b', 'c'];
  assert.deepEqual(await beatAt(20_000), ['dead before'], 'nobody could renew a heartbeat');
  state.silent = ['dead before', 'c'];
  assert.deepEqual(await beatAt(23_000), ['dead before']);
  for (const atMs of [26_000, 29_000]) await beatAt(atMs);
  assert.deepEqual(await beatAt(30_000), ['dead before', 'c'], 'c has not come back');
});

test('a database that cannot be reached is a problem; a node that another one cannot reach is not', async (t) => {
  const { state, workers, beatAt } = heartbeats(t);
  state.failure = unreachable();
  await beatAt(3_000);
  assert.equal(workers.problem(), 'The database does not answer.');
  state.failure = null;
  await beatAt(4_000);
  assert.equal(workers.problem(), null);

  state.failure = Object.assign(
    new DatabaseError('connection to the remote node db1:5432 failed', 0, 'error'),
    { code: '08006' },
  );
  for (const atMs of [7_000, 12_000, 17_000]) {
    await beatAt(atMs);
    assert.equal(workers.problem(), null, 'its own node answers');
  }
  state.nowMs = 28_000;
  assert.equal(workers.problem(), 'The database does not answer.', 'silent for longer than a heartbeat');
});
