// Shows that transient database errors are retried, others are not, and that a change with an unknown outcome is never treated as undone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreUnavailable } from '@blockhouse/engine';
import { CommitUnknown } from '../../src/stores/postgres/connections.ts';
import { withRetry } from '../../src/stores/postgres/retry.ts';

const withCode = (code: string) => Object.assign(new Error(code), { code });

/** Work that fails in these ways, one after the other, and then succeeds. */
function failing(...errors: Error[]) {
  let calls = 0;
  const work = async () => {
    const error = errors[calls++];
    if (error !== undefined) throw error;
    return calls;
  };
  return { work, calls: () => calls };
}

test('a transient error is retried, any other is thrown unchanged', async () => {
  const passing = [
    withCode('40P01'),
    withCode('57P01'),
    withCode('ECONNRESET'),
    new Error('Connection terminated unexpectedly'),
  ];
  assert.equal(await withRetry(failing(...passing).work, { deadlineMs: 5000 }), 5);
  await assert.rejects(withRetry(failing(withCode('42601')).work, { deadlineMs: 5000 }), /42601/);
});

test('an unknown outcome is retried only by work that can look it up, and stays unknown after later failures', async () => {
  const unknown = new CommitUnknown('lost');
  await assert.rejects(withRetry(failing(unknown).work, { deadlineMs: 5000 }), StoreUnavailable);
  const options = { deadlineMs: 5000, settlesUnknown: true };
  assert.equal(await withRetry(failing(unknown, withCode('40001')).work, options), 3);
  await assert.rejects(withRetry(failing(unknown, withCode('28000')).work, options), StoreUnavailable);
});

test('retries end with the deadline, and when the store closes', async () => {
  const down = Array.from({ length: 1000 }, () => withCode('ECONNREFUSED'));
  await assert.rejects(withRetry(failing(...down).work, { deadlineMs: 50 }), StoreUnavailable);
  const closing = AbortSignal.abort();
  const { work, calls } = failing(...down);
  await assert.rejects(withRetry(work, { deadlineMs: 60_000, closing }), StoreUnavailable);
  assert.equal(calls(), 1);
});
