// Shows that a fault applies to its operation, number, and user, and exactly as often as `when` states.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fault, FaultRegistry, type FaultWhen } from '../src/sandbox/fault-registry.ts';

const fault = (over: Partial<Fault>): Fault => ({
  id: 'f',
  operation: 'block',
  numberId: null,
  waId: null,
  when: 'always',
  what: { code: 139103 },
  ...over,
});

for (const { when, applied } of [
  { when: 'always', applied: [1, 2, 3, 4, 5, 6] },
  { when: { times: 2 }, applied: [1, 2] },
  { when: { every: 3 }, applied: [3, 6] },
] as { when: FaultWhen; applied: number[] }[]) {
  test(`${JSON.stringify(when)} applies to calls ${applied.join(', ')} of six`, () => {
    const registry = new FaultRegistry();
    registry.add(fault({ when }));
    const matched = [1, 2, 3, 4, 5, 6].filter(() => registry.match('block', '1', []).length > 0);
    assert.deepEqual(matched, applied);
  });
}

test('a fault counts only the calls that it matches', () => {
  const registry = new FaultRegistry();
  registry.add(fault({ operation: 'send', numberId: '1', waId: 16505551234, when: { times: 1 } }));
  assert.equal(registry.match('block', '1', [16505551234]).length, 0);
  assert.equal(registry.match('send', '2', [16505551234]).length, 0);
  assert.equal(registry.match('send', '1', [14155559876]).length, 0);
  assert.equal(registry.match('send', '1', [14155559876, 16505551234]).length, 1);
  assert.equal(registry.match('send', '1', [16505551234]).length, 0);
});

test('faults are listed, and removed one by one or all together', () => {
  const registry = new FaultRegistry();
  for (const id of ['a', 'b', 'c']) registry.add(fault({ id }));
  assert.equal(registry.remove('b'), true);
  assert.equal(registry.remove('b'), false);
  assert.deepEqual(
    registry.list().map(({ id }) => id),
    ['a', 'c'],
  );
  registry.clear();
  assert.deepEqual(registry.list(), []);
});
