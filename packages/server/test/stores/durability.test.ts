// Shows what a read may show before it is durable: a pending change is seen, no change is fulfilled before those it stands on, and a disk that refused once is trusted no more.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { tempFolder } from '../../../../tools/temp-folder.ts';
import { openDatabase } from '../../src/stores/sqlite/open.ts';
import { openSqliteStore, SqliteStore } from '../../src/stores/sqlite/store.ts';
import { eventually } from '../waiting.ts';
import { change, numberRecord, startMs, write } from './store-suite.ts';

const folder = tempFolder({ after });
const { id } = numberRecord();
const ana = 16505551234;

/** A store whose waits for the disk end when they are told to, one by one. */
async function start(name: string) {
  const waits: PromiseWithResolvers<void>[] = [];
  const opened = openDatabase(join(folder, name));
  let isHeld = false;
  const sync = async () => {
    if (!isHeld) return await opened.sync();
    const wait = Promise.withResolvers<void>();
    waits.push(wait);
    await wait.promise;
  };
  const store = new SqliteStore({ ...opened, sync });
  await store.changeNumbers(() => ({ put: numberRecord() }));
  await write(store, id, [ana], startMs);
  isHeld = true;
  /** Work that has had time to be committed, unless it has to wait for what is before it. */
  const committed = async <Answer>(work: Promise<Answer>) => {
    const state = { work, isSettled: false };
    const settled = () => {
      state.isSettled = true;
    };
    work.then(settled, settled);
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    return state;
  };
  return { store, waits, committed };
}

const isBlocked = async (store: SqliteStore) => (await store.facts(id, [ana])).users.get(ana)?.blocked;

test('a pending change is seen, and a change that stands on it is fulfilled after it', async () => {
  const { store, waits, committed } = await start('pending.db');
  const block = await committed(change(store, id, 'block', [ana], startMs + 1));
  assert.deepEqual([await isBlocked(store), block.isSettled, waits.length], [true, false, 1]);
  // It finds the user blocked already, and so depends on a block that is not durable yet.
  const repeat = await committed(change(store, id, 'block', [ana], startMs + 2));
  assert.equal(repeat.isSettled, false);
  waits[0]?.resolve();
  await block.work;
  await eventually('the second wait for the disk', () => waits.length === 2);
  assert.equal(repeat.isSettled, false);
  waits[1]?.resolve();
  const [outcome] = await repeat.work;
  assert.deepEqual([outcome?.done, outcome?.done && outcome.changed], [true, false]);
  await store.close();
});

test('after a disk that refused nothing is fulfilled, though it seems well again', async () => {
  const { store, waits, committed } = await start('refused.db');
  const first = await committed(change(store, id, 'block', [ana], startMs + 1));
  const second = await committed(change(store, id, 'unblock', [ana], startMs + 2));
  waits[0]?.reject(new Error('EIO'));
  const refusal = /the disk refused to keep what was committed; restart the server/;
  await assert.rejects(first.work, refusal);
  for (const wait of waits.slice(1)) wait.resolve();
  await assert.rejects(second.work, refusal);
  await assert.rejects(change(store, id, 'block', [ana], startMs + 3), refusal);
  await store.close();
  const again = openSqliteStore(join(folder, 'refused.db'));
  assert.equal(typeof (await isBlocked(again)), 'boolean');
  await again.close();
});
