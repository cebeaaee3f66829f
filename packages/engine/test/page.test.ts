// Shows that pages, forward and back at any limit, are slices of the list, and that a changed list is a conflict.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BlockRow,
  type BlockRows,
  decodeCursor,
  makePage,
  type PageRequest,
  pageLimit,
  type RowRange,
  rowRange,
} from '@blockhouse/engine';
import fc from 'fast-check';

const version = 1737679688383584;

/** A list with gaps between its positions, as unblocking leaves them. */
function listOf(size: number): BlockRow[] {
  return Array.from({ length: size }, (_, index) => ({
    waId: 16500000000 + index,
    position: index * 3 + 1,
    phoneHidden: false,
  }));
}

/** Reads rows as a store does: by the known neighbor where there is one. */
function read(list: readonly BlockRow[], { start, count, seek }: RowRange): BlockRows {
  const first =
    seek === null || start === 0
      ? start
      : 'after' in seek
        ? list.findIndex(({ position }) => position === seek.after) + 1
        : list.findIndex(({ position }) => position === seek.before) - count;
  return { version, size: list.length, rows: list.slice(first, first + count) };
}

function pageOf(list: readonly BlockRow[], request: PageRequest) {
  const range = rowRange(request);
  const page = makePage(request, range, read(list, range));
  assert.notEqual(page, 'conflict');
  return page as Exclude<typeof page, 'conflict'>;
}

const start = { after: null, before: null };

test('walking forward and then back gives the whole list both times', () => {
  fc.assert(
    fc.property(fc.nat({ max: 80 }), fc.integer({ min: 1, max: 30 }), (size, limit) => {
      const list = listOf(size);
      const forward: number[] = [];
      let page = pageOf(list, { limit, ...start });
      let last = page;
      while (page.paging !== null) {
        forward.push(...page.rows.map(({ waId }) => waId));
        assert.equal(page.paging.hasNext, forward.length < size);
        last = page;
        page = pageOf(list, { limit, after: decodeCursor(page.paging.after), before: null });
      }
      assert.deepEqual(
        forward,
        list.map(({ waId }) => waId),
      );

      const backward: number[] = [];
      for (let at = last; at.paging !== null; ) {
        backward.unshift(...at.rows.map(({ waId }) => waId));
        assert.equal(at.paging.hasPrevious, backward.length < size);
        at = pageOf(list, { limit, after: null, before: decodeCursor(at.paging.before) });
      }
      assert.deepEqual(backward, forward);
    }),
  );
});

test('before and after are the indexes of the first and the last row', () => {
  const { paging } = pageOf(listOf(7), { limit: 7, ...start });
  assert.equal(decodeCursor(paging?.before ?? '')?.offset, 0);
  assert.equal(decodeCursor(paging?.after ?? '')?.offset, 6);
});

test('after wins over before', () => {
  const after = { offset: 1, version, position: null };
  const before = { offset: 4, version, position: null };
  assert.deepEqual(rowRange({ limit: 2, after, before }), { start: 2, count: 2, seek: null });
});

test('an offset beyond the end is an empty page', () => {
  const page = pageOf(listOf(3), { limit: 2, after: { offset: 2, version, position: 7 }, before: null });
  assert.deepEqual(page, { rows: [], paging: null });
});

test('a cursor of another version is a conflict, also beyond the end', () => {
  for (const offset of [0, 99]) {
    const request = { limit: 2, after: { offset, version: version - 1, position: null }, before: null };
    const range = rowRange(request);
    assert.equal(makePage(request, range, read(listOf(3), range)), 'conflict');
  }
});

test('a limit is 25 when none is asked for, and at most 1,000', () => {
  assert.equal(pageLimit(null), 25);
  assert.equal(pageLimit(7), 7);
  assert.equal(pageLimit(5000), 1000);
});
