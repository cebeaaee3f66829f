// Shows what is repeated and what is not, when a database fails: nothing whose end is unknown is ever taken for undone.
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

test('what passes is repeated, what does not is thrown as it is', async () => {
  const passing = [
    withCode('40P01'),
    withCode('57P01'),
    withCode('ECONNRESET'),
    new Error('Connection terminated unexpectedly'),
  ];
  assert.equal(await withRetry(failing(...passing).work, { deadlineMs: 5000 }), 5);
  await assert.rejects(withRetry(failing(withCode('42601')).work, { deadlineMs: 5000 }), /42601/);
});

test('an unknown end is repeated only by work that can find out, and no later failure makes it known', async () => {
  const unknown = new CommitUnknown('lost');
  await assert.rejects(withRetry(failing(unknown).work, { deadlineMs: 5000 }), StoreUnavailable);
  const options = { deadlineMs: 5000, settlesUnknown: true };
  assert.equal(await withRetry(failing(unknown, withCode('40001')).work, options), 3);
  await assert.rejects(withRetry(failing(unknown, withCode('28000')).work, options), StoreUnavailable);
});

test('when the time is over, or the store is closing, it is over', async () => {
  const down = Array.from({ length: 1000 }, () => withCode('ECONNREFUSED'));
  await assert.rejects(withRetry(failing(...down).work, { deadlineMs: 50 }), StoreUnavailable);
  const closing = AbortSignal.abort();
  const { work, calls } = failing(...down);
  await assert.rejects(withRetry(work, { deadlineMs: 60_000, closing }), StoreUnavailable);
  assert.equal(calls(), 1);
});
