// Shows that counts over a span are right for new keys, expire, stay near an exact count, and take bounded memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashKey, SlidingCounts } from '../src/auto-block/sliding-counts.ts';

const startMs = Date.UTC(2026, 1, 23);

test('a key counts up from one, by itself, and is forgotten after two spans', () => {
  const counts = new SlidingCounts(1_000);
  assert.deepEqual(
    [1, 2, 3].map(() => counts.add(7, startMs)),
    [1, 2, 3],
  );
  assert.equal(counts.add(8, startMs), 1);
  assert.equal(counts.get(7, startMs + 500), 3);
  assert.equal(counts.get(7, startMs + 1_500), 1.5, 'half of the span before is left');
  assert.ok(counts.add(8, startMs + 1_001) > 1, 'a key of the span before is not new');
  assert.equal(counts.get(7, startMs + 3_000), 0);
});

test('spans of a millisecond count, in any year that a clock can be moved to', () => {
  const counts = new SlidingCounts(1);
  const lateMs = Date.UTC(2199, 11, 31);
  assert.deepEqual(
    [1, 2, 3].map(() => counts.add(7, lateMs)),
    [1, 2, 3],
  );
});

test('a clock that goes back loses nothing', () => {
  const counts = new SlidingCounts(1_000);
  counts.add(7, startMs + 5_000);
  assert.equal(counts.add(7, startMs), 2);
});

test('a count is between those of the half and of the double span', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 60 }), (steps) => {
      const counts = new SlidingCounts(1_000);
      const times: number[] = [];
      let atMs = startMs;
      for (const step of steps) {
        atMs += step;
        times.push(atMs);
        const count = counts.add(1, atMs);
        const present = Math.floor(atMs / 1_000) * 1_000;
        assert.ok(count >= times.filter((one) => one >= present).length);
        assert.ok(count <= times.filter((one) => one >= present - 1_000).length);
      }
    }),
  );
});

test('a million senders take less than 100 MB, and those who are gone make room for others', () => {
  const before = process.memoryUsage().arrayBuffers;
  const counts = new SlidingCounts(60_000);
  for (let user = 0; user < 1_000_000; user++) counts.add(hashKey(`1 ${user}`), startMs);
  assert.equal(counts.add(hashKey('1 999999'), startMs), 2);
  const bytes = process.memoryUsage().arrayBuffers - before;
  assert.ok(bytes < 100e6, `${bytes} bytes`);
  for (let user = 0; user < 1_000_000; user++) counts.add(hashKey(`2 ${user}`), startMs + 600_000);
  assert.equal(counts.add(hashKey('2 5'), startMs + 600_000), 2);
});
