// Shows how two records of one user on a number are joined.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinRows, type UserRows } from '@blockhouse/engine';

const cause = { keyId: 'k', person: null, source: 'api', note: null } as const;

test('two records of one user on a number become one, and nothing that was asked for is lost', () => {
  const one: UserRows = {
    block: { position: 4, blockedAtMs: 40, cause, untilMs: 99, droppedBefore: 1 },
    standing: null,
    window: {
      name: 'Ana',
      lastInboundMs: 30,
      dropped: 3,
      lastDroppedMs: 45,
      ticks: 1,
      lastOutboundMs: 7,
      knownFromMs: 20,
    },
  };
  const other: UserRows = {
    block: {
      position: 2,
      blockedAtMs: 20,
      cause: { ...cause, note: 'spam' },
      untilMs: null,
      droppedBefore: 0,
    },
    standing: { placedAtMs: 5, cause: { ...cause, note: 'n' }, untilMs: null },
    window: {
      name: null,
      lastInboundMs: 50,
      dropped: 2,
      lastDroppedMs: null,
      ticks: 2,
      lastOutboundMs: null,
      knownFromMs: 10,
    },
  };
  const expected: UserRows = {
    block: {
      position: 2,
      blockedAtMs: 20,
      cause: { ...cause, note: 'spam' },
      untilMs: null,
      droppedBefore: 1,
    },
    standing: other.standing,
    window: {
      name: 'Ana',
      lastInboundMs: 50,
      dropped: 5,
      lastDroppedMs: 45,
      ticks: 2,
      lastOutboundMs: 7,
      knownFromMs: 10,
    },
  };
  assert.deepEqual(joinRows(one, other), expected);
  assert.deepEqual(joinRows(other, one), expected);
  const nothing: UserRows = { block: null, standing: null, window: null };
  assert.deepEqual(joinRows(nothing, one), one);
  assert.deepEqual(joinRows(one, nothing), one);
});
