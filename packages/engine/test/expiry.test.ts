// Shows that blocks and standing blocks end at their end, and that versions of a list only grow.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BlocklistRequest,
  decideBlocklist,
  decideExpiry,
  nextVersion,
  outcomeCode,
} from '@blockhouse/engine';
import { factsOf, nowMs, number } from './facts.ts';

const user = 16505551234;
const other = 14155559876;
const actor = { keyId: 'key_a', person: null, source: 'api' } as const;
const cause = { ...actor, note: null };
const blockRequest: BlocklistRequest = {
  operation: 'block',
  targets: [{ input: String(user), ref: { kind: 'user', waId: user, by: 'phone' } }],
  actor,
  terms: {},
  whenClosed: 'refuse',
  atMs: nowMs,
};

test('blocks and standing blocks end exactly at their end, whatever is asked', () => {
  const block = { keyId: 'key_b', source: 'api', sinceMs: nowMs - 1000, untilMs: nowMs } as const;
  const expired = factsOf(
    {
      [user]: { blocked: true, block },
      [other]: { standing: { cause, placedAtMs: nowMs - 1, untilMs: nowMs } },
    },
    { version: 1, size: 1 },
  );
  const { answer, change } = decideExpiry(expired, nowMs);
  assert.equal(answer, 2);
  assert.deepEqual(
    [change?.blocklist?.removed, change?.blocklist?.size, change?.endedStanding],
    [[user], 0, [other]],
  );
  assert.deepEqual(
    change?.activity.map(({ operation, outcome, source, keyId }) => [operation, outcome, source, keyId]),
    [
      ['unblock', 'expired', 'until', 'key_b'],
      ['withdraw', 'expired', 'until', 'key_a'],
    ],
  );
  assert.equal(decideExpiry(expired, nowMs - 1).change, null);
  const again = decideBlocklist(expired, blockRequest);
  assert.deepEqual(
    again.answer.map(outcomeCode),
    ['done'],
    'a user whose block has expired can be blocked anew',
  );
  assert.deepEqual(again.change?.blocklist?.removed, [user]);
  assert.deepEqual(again.change?.blocklist?.size, 1);
});

test('a version never goes back, even when the clock does', () => {
  assert.equal(nextVersion(5, 7, number.waId), 7881);
  assert.equal(nextVersion(7881, 7, number.waId), 7882);
  assert.equal(nextVersion(9000, 7, number.waId), 9001);
});
