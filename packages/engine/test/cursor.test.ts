// Shows that cursors are Meta's, byte for byte, that they read back, and that nothing else is taken for one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCursor, encodeCursor } from '@blockhouse/engine';
import fc from 'fast-check';

/** The cursor in Meta's sample of the list. */
const metas = 'eyJvZAmZAzZAXQiOjAsInZAlcnNpb25JZACI6IjE3Mzc2Nzk2ODgzODM1ODQifQZDZD';

test("the first row's cursor is Meta's sample", () => {
  assert.equal(encodeCursor({ offset: 0, version: 1737679688383584, position: 12 }), metas);
  assert.deepEqual(decodeCursor(metas), { offset: 0, version: 1737679688383584, position: null });
});

test('a cursor says its offset and version first, in the clear', () => {
  const text = encodeCursor({ offset: 6, version: 1741257792566500, position: 9 });
  const json = atob(text.replaceAll('ZA', 'Z').replaceAll('ZD', '='));
  assert.ok(json.startsWith('{"offset":6,"versionId":"1741257792566500"'), json);
});

const cursors = fc.record({
  offset: fc.nat({ max: 2 ** 40 }),
  version: fc.integer({ min: 0, max: 9_000_000_000_000_000 }),
  position: fc.option(fc.nat({ max: 2 ** 40 })),
});

test('what was written reads back; the first row needs no position', () => {
  fc.assert(
    fc.property(cursors, (cursor) => {
      const position = cursor.offset === 0 ? null : cursor.position;
      assert.deepEqual(decodeCursor(encodeCursor(cursor)), { ...cursor, position });
    }),
  );
});

test('a truncated cursor is none', () => {
  const text = encodeCursor({ offset: 49, version: 1737679688383584, position: 50 });
  for (let length = 0; length < text.length - 4; length++)
    assert.equal(decodeCursor(text.slice(0, length)), null);
});

test('no text makes it throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void decodeCursor(text)));
});

const write = (json: string) =>
  btoa(json).replaceAll('Z', 'ZA').replaceAll('+', 'ZB').replaceAll('/', 'ZC').replaceAll('=', 'ZD');

for (const json of [
  '{}',
  'null',
  '[]',
  '"x"',
  '{"offset":0}',
  '{"offset":-1,"versionId":"1"}',
  '{"offset":1.5,"versionId":"1"}',
  '{"offset":"1","versionId":"1"}',
  '{"offset":1e300,"versionId":"1"}',
  '{"offset":1,"versionId":1}',
  '{"offset":1,"versionId":""}',
  '{"offset":1,"versionId":"-1"}',
  '{"offset":1,"versionId":"99999999999999999999"}',
]) {
  test(`refuses ${json}`, () => assert.equal(decodeCursor(write(json)), null));
}

test('a position that was written for another offset does not count', () => {
  const text = write('{"offset":7,"versionId":"1","at":"6:3"}');
  assert.deepEqual(decodeCursor(text), { offset: 7, version: 1, position: null });
});
