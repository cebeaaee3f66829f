// Shows that a rate allows a burst of one second's worth, then refills with the clock it is given.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeToken, waitMsOf } from '@blockhouse/engine';
import fc from 'fast-check';

test('a burst of a full second, then a wait, then one more', () => {
  const bucket = { emptyAtMs: 0 };
  const limit = { perSecond: 50 };
  for (let count = 0; count < 50; count++) assert.equal(takeToken(bucket, limit, 1000).allowed, true);
  assert.deepEqual(takeToken(bucket, limit, 1000), { allowed: false, retryAfterMs: 20 });
  assert.equal(takeToken(bucket, limit, 1020).allowed, true);
  assert.equal(takeToken(bucket, limit, 1020).allowed, false);
  assert.deepEqual(takeToken(bucket, limit, 9000), { allowed: true, usedPercent: 2 });
});

test('a caller that can wait takes a token ahead of time, and learns how long it has to wait', () => {
  const bucket = { emptyAtMs: 0 };
  const limit = { perSecond: 2 };
  const waits = Array.from({ length: 4 }, () => {
    assert.equal(takeToken(bucket, limit, 5000, 1000).allowed, true);
    return waitMsOf(bucket, 5000);
  });
  assert.deepEqual(waits, [0, 0, 500, 1000]);
  assert.deepEqual(takeToken(bucket, limit, 5000, 1000), { allowed: false, retryAfterMs: 1500 });
});

test('a refusal takes no token, and a clock that is set back locks no client out', () => {
  const bucket = { emptyAtMs: 0 };
  const limit = { perSecond: 1 };
  assert.equal(takeToken(bucket, limit, 1_000_000).allowed, true);
  for (let count = 0; count < 9; count++) assert.equal(takeToken(bucket, limit, 1_000_000).allowed, false);
  const outcome = takeToken(bucket, limit, 5);
  assert.deepEqual(outcome, { allowed: false, retryAfterMs: 1000 });
  assert.equal(takeToken(bucket, limit, 1005).allowed, true);
});

test('in no second more is allowed than a burst and what was refilled', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.array(fc.nat({ max: 40 }), { maxLength: 400 }),
      (perSecond, gaps) => {
        const bucket = { emptyAtMs: 0 };
        let nowMs = 1_000_000;
        let allowed = 0;
        for (const gap of gaps) {
          nowMs += gap;
          if (takeToken(bucket, { perSecond }, nowMs).allowed) allowed++;
        }
        const seconds = (nowMs - 1_000_000) / 1000;
        assert.ok(allowed <= perSecond * (1 + seconds) + 1, `${allowed} at ${perSecond}/s in ${seconds} s`);
      },
    ),
  );
});
