// Shows that a bounded map keeps what was set last.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedMap } from '../src/shared/bounded-map.ts';

test('the oldest entry goes when there are too many, and an entry that is set again is the newest', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.set('c', 4);
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [3, undefined, 4]);
  map.delete('c');
  map.set('d', 5);
  assert.deepEqual([map.get('a'), map.get('c'), map.get('d')], [3, undefined, 5]);
});
