// Shows that background work is retried with backoff until it succeeds, for each key on its own, and ends
// with close.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { NumberUnknown } from '@blockhouse/engine';
import { backoffMs } from '../src/shared/backoff.ts';
import { KeyedWorkers, type NextRun } from '../src/shared/keyed-workers.ts';

/** Workers whose outcomes the test decides, with mocked timers. */
function start(t: TestContext, outcome: (key: string) => NextRun | Promise<NextRun>) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const runs: string[] = [];
  const errors: unknown[] = [];
  const workers = new KeyedWorkers({
    async work(key) {
      runs.push(key);
      return outcome(key);
    },
    onError: (error) => errors.push(error),
  });
  t.after(() => workers.close());
  const pass = async (ms: number) => {
    t.mock.timers.tick(ms);
    await turn();
  };
  return { workers, runs, errors, pass };
}

test('the delay doubles from a second to a minute, with jitter of half', () => {
  const delays = (random: number) =>
    [1, 2, 3, 7, 50, 5000].map((failures) => backoffMs(failures, () => random));
  assert.deepEqual(delays(1), [1000, 2000, 4000, 60_000, 60_000, 60_000]);
  assert.deepEqual(delays(0), [500, 1000, 2000, 30_000, 30_000, 30_000]);
});

test('a failed run is retried without a limit until it succeeds', async (t) => {
  let isDown = true;
  const { workers, runs, errors, pass } = start(t, () => {
    if (isDown) throw new Error('the store is down');
    return null;
  });
  await workers.run('1');
  for (let minute = 0; minute < 100; minute++) await pass(60_000);
  assert.equal(errors.length, runs.length);
  assert.ok(runs.length >= 100, 'it must not give up');
  assert.ok(runs.length <= 210, 'at most every half minute');
  isDown = false;
  await pass(60_000);
  const count = runs.length;
  for (let minute = 0; minute < 10; minute++) await pass(60_000);
  assert.equal(runs.length, count, 'a successful run is not repeated');
});

test('a failed run does not wake other keys', async (t) => {
  const { workers, runs, pass } = start(t, (key) => {
    if (key === 'broken') throw new Error('no');
    return null;
  });
  await Promise.all(['broken', 'a', 'b'].map((key) => workers.run(key)));
  for (let minute = 0; minute < 5; minute++) await pass(60_000);
  assert.deepEqual(
    runs.filter((key) => key !== 'broken'),
    ['a', 'b'],
  );
});

test('retry counts as a failure, a delay is kept, and the earlier of two timers wakes the key', async (t) => {
  let next: NextRun = 'retry';
  const { workers, runs, errors, pass } = start(t, () => next);
  await workers.run('1');
  next = 5000;
  await pass(1000);
  assert.deepEqual([runs.length, errors], [2, []]);
  workers.wakeIn('1', 2000);
  workers.wakeIn('1', 9000);
  await pass(1999);
  assert.equal(runs.length, 2);
  await pass(1);
  assert.equal(runs.length, 3);
  await pass(5000);
  assert.equal(runs.length, 4);
});

test('a key that is woken during its run is run again, and the caller waits for that run', async (t) => {
  const ends: (() => void)[] = [];
  const { workers, runs } = start(t, () => new Promise((resolve) => ends.push(() => resolve(null))));
  const first = workers.run('1');
  await turn();
  const others = [workers.run('1'), workers.run('1')];
  ends[0]?.();
  await turn();
  assert.equal(runs.length, 2);
  ends[1]?.();
  await Promise.all([first, ...others]);
  assert.equal(runs.length, 2);
});

test('runs of a key that wakes itself do not overlap', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let side = 0;
  let most = 0;
  let left = 3;
  const workers: KeyedWorkers = new KeyedWorkers({
    async work(key) {
      most = Math.max(most, ++side);
      if (left-- > 0) void workers.run(key);
      await turn();
      side--;
      return null;
    },
    onError: (error) => assert.fail(String(error)),
  });
  await workers.run('1');
  assert.deepEqual([most, left], [1, -1]);
});

test('an unknown number is not retried, and nothing runs after close', async (t) => {
  const { workers, runs, errors, pass } = start(t, (key) => {
    if (key === 'gone') throw new NumberUnknown(key);
    throw new Error('no');
  });
  await workers.run('gone');
  await pass(3_600_000);
  assert.deepEqual([runs, errors], [['gone'], []]);
  await workers.run('1');
  await workers.close();
  await workers.run('1');
  await pass(3_600_000);
  assert.deepEqual(runs, ['gone', '1']);
});
