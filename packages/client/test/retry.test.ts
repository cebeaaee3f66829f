// Shows when a failed attempt is repeated: not without time for an answer, which would make an unknown outcome of a known one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionError } from '../src/index.ts';
import { retryWaitMs } from '../src/transport/retry.ts';

const state = { error: new ConnectionError('lost'), retried: 0, retries: 4, random: 1 };

test('an attempt is repeated while there is time for its wait and for an answer', () => {
  assert.equal(retryWaitMs({ ...state, leftMs: 10_000 }), 500);
  assert.equal(retryWaitMs({ ...state, leftMs: 700 }), 500);
  assert.equal(retryWaitMs({ ...state, leftMs: 699 }), null);
  assert.equal(retryWaitMs({ ...state, leftMs: 501 }), null);
});

test('an attempt is not repeated more often than is allowed', () => {
  assert.equal(retryWaitMs({ ...state, retried: 4, leftMs: 100_000 }), null);
  assert.equal(retryWaitMs({ ...state, retries: 0, leftMs: 100_000 }), null);
});
