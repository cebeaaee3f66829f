// Shows the edges of the 24-hour window: one millisecond before, at and after its end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWindowOpen, windowClosesAtMs, windowMs } from '@blockhouse/engine';

const wroteMs = Date.UTC(2026, 1, 23);

for (const [sinceMs, open] of [
  [0, true],
  [windowMs - 1, true],
  [windowMs, false],
  [windowMs + 1, false],
] as const) {
  test(`${sinceMs} ms after the message it is ${open ? 'open' : 'closed'}`, () => {
    assert.equal(isWindowOpen(wroteMs, wroteMs + sinceMs), open);
  });
}

test('a user who never wrote has no window', () => {
  assert.equal(isWindowOpen(null, wroteMs), false);
  assert.equal(windowClosesAtMs(null), null);
  assert.equal(windowClosesAtMs(wroteMs), wroteMs + windowMs);
});
