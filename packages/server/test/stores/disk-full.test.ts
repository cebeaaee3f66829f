// Shows that a change is refused as a whole on a full or read-only disk, and that work continues when there is room
// again.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { tempFolder } from '../../../../tools/temp-folder.ts';
import { openDatabase } from '../../src/stores/sqlite/open.ts';
import { SqliteStore } from '../../src/stores/sqlite/store.ts';
import { change, numberRecord, startMs, write } from './store-suite.ts';

const folder = tempFolder({ after });

const { id } = numberRecord();
const users = Array.from({ length: 1000 }, (_, index) => 16500000000 + index);

// SQLite itself reports both: the page limit is its own "database or disk is full", query_only its "readonly".
for (const { name, breakIt, mend } of [
  { name: 'full', breakIt: 'pragma max_page_count = 1', mend: 'pragma max_page_count = 1000000' },
  { name: 'read-only', breakIt: 'pragma query_only = on', mend: 'pragma query_only = off' },
]) {
  test(`a ${name} disk`, async () => {
    const opened = openDatabase(join(folder, `${name}.db`));
    const store = new SqliteStore(opened);
    await store.changeNumbers(() => ({ put: numberRecord() }));
    await write(store, id, users, startMs);
    await change(store, id, 'block', users.slice(0, 10), startMs);
    const before = await store.rows(id, { start: 0, count: 1000, seek: null });

    opened.db.exec(breakIt);
    const failed = await Promise.allSettled([
      change(store, id, 'block', users.slice(10), startMs + 1),
      change(store, id, 'block', users.slice(500), startMs + 2),
    ]);
    assert.deepEqual(
      failed.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.deepEqual(await store.rows(id, { start: 0, count: 1000, seek: null }), before);

    opened.db.exec(mend);
    await change(store, id, 'block', users.slice(10), startMs + 3);
    assert.equal((await store.rows(id, { start: 0, count: 1, seek: null })).size, 1000);
    await store.close();
  });
}

test('a disk that does not keep what was committed: refused, and nothing more is taken until a restart', async () => {
  const file = join(folder, 'lost.db');
  const opened = openDatabase(file);
  let broken = false;
  const sync = () => (broken ? Promise.reject(new Error('input/output error')) : opened.sync());
  const store = new SqliteStore({ ...opened, sync });
  await store.changeNumbers(() => ({ put: numberRecord() }));
  broken = true;
  await assert.rejects(write(store, id, users, startMs), /restart the server/);
  broken = false;
  await assert.rejects(write(store, id, users, startMs), /restart the server/);
  await store.close();
  const again = new SqliteStore(openDatabase(file));
  await write(again, id, users, startMs);
  await again.close();
});
