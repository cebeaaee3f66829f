// Shows how reading in slices ends, that the event loop turns in between, and that texts are compared as databases compare them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareTexts, firstOfSlices, readSlices, type Slice, slices } from '../../src/stores/slices.ts';

const numbers = Array.from({ length: 25 }, (_, index) => index);

/** Slices of ten. */
function cut(seen: Slice<number>[] = []) {
  const all = slices(0, {
    endOf: (from) => (from + 9 < numbers.length ? from + 9 : null),
    next: (to) => to + 1,
  });
  return (async function* () {
    for await (const slice of all) {
      seen.push(slice);
      yield slice;
    }
  })();
}

const within = ({ from, to }: Slice<number>) => numbers.slice(from, (to ?? numbers.length) + 1);

test('reading ends with enough rows, or with the last slice', async () => {
  const seen: Slice<number>[] = [];
  assert.deepEqual(
    await readSlices(cut(seen), 12, (slice, left) => within(slice).slice(0, left)),
    numbers.slice(0, 12),
  );
  assert.deepEqual(seen, [
    { from: 0, to: 9 },
    { from: 10, to: 19 },
  ]);
  assert.deepEqual(await readSlices(cut(), 99, within), numbers);
});

test('the first of all slices in another order', async () => {
  const compare = (one: number, other: number) => (one % 7) - (other % 7) || other - one;
  assert.deepEqual(
    await firstOfSlices(cut(), 6, { read: within, compare }),
    numbers.toSorted(compare).slice(0, 6),
  );
});

test('other work is done between two slices', async () => {
  let turns = 0;
  const turn = setImmediate(function count() {
    turns++;
    setImmediate(count).unref();
  });
  turn.unref();
  await readSlices(cut(), 99, within);
  assert.ok(turns >= 2);
});

test('texts are compared by their bytes in UTF-8', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', '\u{e000}', '\u{ffff}', '\u{1f600}', '\u{10ffff}'),
  });
  fc.assert(
    fc.property(text, text, (one, other) => {
      const bytes = Buffer.compare(Buffer.from(one), Buffer.from(other));
      assert.equal(Math.sign(compareTexts(one, other)), bytes);
    }),
  );
});
