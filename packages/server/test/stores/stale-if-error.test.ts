// Shows that a lookup reads the database while it answers, and gives the last answer for a minute while it does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreUnavailable } from '@blockhouse/engine';
import { StaleIfError } from '../../src/stores/postgres/stale-if-error.ts';

/** A database of one name, with a clock that the test moves. */
function lookups() {
  const state = { value: 'a' as string | null, isUp: true, nowMs: 0, reads: 0 };
  let hanging: PromiseWithResolvers<void> | null = null;
  const read = async () => {
    state.reads++;
    await hanging?.promise;
    if (!state.isUp) throw new StoreUnavailable('the database does not answer');
    return state.value;
  };
  const cache = new StaleIfError(read, () => state.nowMs);
  const hang = () => (hanging = Promise.withResolvers<void>());
  const goOn = () => hanging?.resolve();
  return { state, hang, goOn, load: () => cache.load('key') };
}

test('while the database answers, every lookup reads it', async () => {
  const { state, load } = lookups();
  assert.equal(await load(), 'a');
  state.value = 'b';
  assert.equal(await load(), 'b');
  state.value = null;
  assert.equal(await load(), null, 'a revoked key is gone immediately');
});

test('while the database does not answer, the last answer is given for a minute', async () => {
  const { state, load } = lookups();
  await load();
  state.value = null;
  await load();
  state.isUp = false;
  state.nowMs = 60_000;
  assert.equal(await load(), null, 'the last answer, not the one before');
  state.nowMs = 60_001;
  await assert.rejects(load(), StoreUnavailable);
  state.isUp = true;
  state.value = 'c';
  assert.equal(await load(), 'c');
});

test('what was never read is not known', async () => {
  const { state, load } = lookups();
  state.isUp = false;
  await assert.rejects(load(), StoreUnavailable);
});

test('a database that hangs holds up lookups of the first second only', async () => {
  const { state, hang, goOn, load } = lookups();
  await load();
  hang();
  const first = load();
  state.nowMs = 1_001;
  assert.equal(await load(), 'a', 'answered while the first one still waits');
  state.value = 'b';
  goOn();
  assert.equal(await first, 'b');
});

test('an error of another kind is no outage', async () => {
  const cache = new StaleIfError(() => Promise.reject(new TypeError('a mistake')));
  await assert.rejects(cache.load('key'), TypeError);
});
