// Shows when ordered faults strike: at their operation, number and user, and exactly as often as ordered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fault, FaultRegistry, type FaultWhen } from '@blockhouse/engine';

const fault = (over: Partial<Fault>): Fault => ({
  id: 'f',
  operation: 'block',
  numberId: null,
  waId: null,
  when: 'always',
  what: { code: 139103 },
  ...over,
});

for (const { when, strikes } of [
  { when: 'always', strikes: [1, 2, 3, 4, 5, 6] },
  { when: { times: 2 }, strikes: [1, 2] },
  { when: { every: 3 }, strikes: [3, 6] },
] as { when: FaultWhen; strikes: number[] }[]) {
  test(`${JSON.stringify(when)} strikes at ${strikes.join(', ')} of six`, () => {
    const book = new FaultRegistry();
    book.add(fault({ when }));
    const struck = [1, 2, 3, 4, 5, 6].filter(() => book.match('block', '1', []).length > 0);
    assert.deepEqual(struck, strikes);
  });
}

test('a fault counts only what it is about', () => {
  const book = new FaultRegistry();
  book.add(fault({ operation: 'send', numberId: '1', waId: 16505551234, when: { times: 1 } }));
  assert.equal(book.match('block', '1', [16505551234]).length, 0);
  assert.equal(book.match('send', '2', [16505551234]).length, 0);
  assert.equal(book.match('send', '1', [14155559876]).length, 0);
  assert.equal(book.match('send', '1', [14155559876, 16505551234]).length, 1);
  assert.equal(book.match('send', '1', [16505551234]).length, 0);
});

test('orders are listed, taken back one by one, and all at once', () => {
  const book = new FaultRegistry();
  for (const id of ['a', 'b', 'c']) book.add(fault({ id }));
  assert.equal(book.remove('b'), true);
  assert.equal(book.remove('b'), false);
  assert.deepEqual(
    book.list().map(({ id }) => id),
    ['a', 'c'],
  );
  book.clear();
  assert.deepEqual(book.list(), []);
});
