// Shows which files the SQLite store takes: its own, of its version or older, in use by nobody else.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { StoreUnusable } from '@blockhouse/engine';
import { tempFolder } from '../../../../tools/temp-folder.ts';
import { migrations } from '../../src/stores/sqlite/migrations.ts';
import { applicationId, openDatabase } from '../../src/stores/sqlite/open.ts';
import { openSqliteStore } from '../../src/stores/sqlite/store.ts';
import { assertRecordsKept, assertUsersKept, earlierRecords, earlierUsers } from './earlier-version.ts';
import { change, numberRecord, startMs, write } from './store-suite.ts';

const folder = tempFolder({ after });
const path = (name: string) => join(folder, name);

test('what was written is there after closing and opening again', async () => {
  const file = path('a/deep/again.db');
  const { id } = numberRecord();
  const store = openSqliteStore(file);
  await store.changeNumbers(() => ({ put: numberRecord() }));
  await write(store, id, [16505551234], startMs);
  await change(store, id, 'block', [16505551234], startMs);
  await store.close();
  const again = openSqliteStore(file);
  assert.deepEqual(await again.numbers(), [numberRecord()]);
  assert.equal((await again.facts(id, [16505551234])).users.get(16505551234)?.blocked, true);
  await again.close();
});

test('what waits for its commit when the store is closed is committed', async () => {
  const file = path('closing.db');
  const store = openSqliteStore(file);
  const writing = store.changeSetting('last', () => 'word');
  await store.close();
  await writing;
  const again = openSqliteStore(file);
  assert.equal(await again.setting('last'), 'word');
  await again.close();
});

/** A file as the version before a step has left it, filled with records and with what `sql` adds. */
function earlierFile(
  name: string,
  stepAfter: string,
  { records, sql }: { records: readonly (readonly [string, string])[]; sql: string },
): string {
  const file = path(name);
  const step = migrations.findIndex((text) => text.includes(stepAfter));
  assert.ok(step > 0, stepAfter);
  const db = new DatabaseSync(file);
  db.exec(`pragma application_id = ${applicationId};
    ${migrations.slice(0, step).join('')}
    pragma user_version = ${step};
    insert into numbers (number_key, id, wa_id, display_phone_number, verified_name, waba_id, portfolio_id, created_at_ms,
                         list_version, list_size, list_end, activity_end, upstream)
      values (1, '1', 1, '', '', '', 'my portfolio', 0, 0, 0, 1, 1, '{}'), (2, '2', 2, '', '', '', 'p', 0, 0, 0, 1, 1, null);
    ${sql}`);
  const insert = db.prepare('insert into records (name, value, until_ms) values (?, ?, 9000000000000000)');
  for (const [record, value] of records) insert.run(record, value);
  db.close();
  return file;
}

test('what an earlier version has learned of users is there as their names', async () => {
  const file = earlierFile('names.db', 'create table user_names', {
    records: earlierUsers,
    sql: `insert into windows (number_key, wa_id, last_inbound_ms, ticks)
        values (1, 5215512345678, 1, 2), (2, 5215512345678, 1, 2), (2, 16505551234, 1, 2);
      insert into standing (number_key, wa_id, placed_at_ms, key_id, source) values (1, 5531988887777, 1, 'k', 'api')`,
  });
  const store = openSqliteStore(file);
  await assertUsersKept(store);
  await store.close();
});

test('what an earlier version kept as records is there in tables of its own', async () => {
  const store = openSqliteStore(
    earlierFile('records.db', 'create table sessions', { records: earlierRecords, sql: '' }),
  );
  await assertRecordsKept(store);
  await store.close();
});

test('a database of a newer Blockhouse is refused', () => {
  const file = path('newer.db');
  const opened = openDatabase(file);
  opened.db.exec('pragma user_version = 999');
  opened.close();
  assert.throws(
    () => openDatabase(file),
    (error: unknown) => {
      assert.ok(error instanceof StoreUnusable);
      assert.match(
        error.message,
        /newer\.db was written by a newer Blockhouse \(schema 999.*update Blockhouse/,
      );
      return true;
    },
  );
});

test("another program's database is refused", () => {
  const file = path('other.db');
  const db = new DatabaseSync(file);
  db.exec('pragma application_id = 42; create table t (x)');
  db.close();
  assert.throws(() => openDatabase(file), /other\.db belongs to another program/);
});

test('a file that is no database is refused', () => {
  const file = path('text.db');
  writeFileSync(file, 'this is no database, and longer than its header would be'.repeat(20));
  assert.throws(() => openDatabase(file), /text\.db cannot be opened as a database/);
});

test('a file that is open already is refused', () => {
  const file = path('busy.db');
  const opened = openDatabase(file);
  assert.throws(() => openDatabase(file), /busy\.db is in use by another process/);
  opened.close();
  openDatabase(file).close();
});

test('a number is gone immediately, and its rows some at a time, also after a restart', async () => {
  const file = path('removed.db');
  const { id } = numberRecord();
  const users = Array.from({ length: 1000 }, (_, index) => 16_500_000_000 + index);
  const store = openSqliteStore(file);
  await store.changeNumbers(() => ({ put: numberRecord() }));
  await store.changeNumbers(() => ({ put: numberRecord({ id: '2', waId: 15550783882 }) }));
  for (let round = 0; round < 10; round++) {
    await write(
      store,
      id,
      users.map((user) => user + round * 1000),
      startMs,
    );
  }
  await write(store, '2', users, startMs);
  await store.changeNumbers(() => ({ remove: id }));
  assert.equal(await store.number(id), null);
  await store.close();

  const windows = () => {
    const db = new DatabaseSync(file, { readOnly: true });
    const row = db.prepare('select count(*) as count from windows').get();
    db.close();
    return Number(row?.['count']);
  };
  assert.ok(windows() > users.length, 'closing does not wait for the rows');
  for (let restart = 0; restart < 50 && windows() > users.length; restart++) {
    const again = openSqliteStore(file);
    for (let commits = 0; commits < 5; commits++) await again.changeSetting('x', () => 'y');
    await again.close();
  }
  assert.equal(windows(), users.length);
});
