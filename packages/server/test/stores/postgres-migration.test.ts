// Shows that a database of an earlier version keeps everything when its tables change.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { migrations } from '../../src/stores/postgres/migrations.ts';
import { openPostgresStore } from '../../src/stores/postgres/store.ts';
import { assertRecordsKept, assertUsersKept, earlierRecords, earlierUsers } from './earlier-version.ts';
import { freshSchema, postgres } from './postgres.ts';

/** A database as the version before a step has left it, filled with records and with what `sql` adds. */
async function earlierDatabase(
  stepAfter: string,
  { records, sql }: { records: readonly (readonly [string, string])[]; sql: string },
): Promise<{ url: string; schema: string }> {
  const { url } = await postgres();
  const schema = freshSchema();
  const step = migrations.findIndex((text) => text.includes(stepAfter));
  assert.ok(step > 0, stepAfter);
  const client = new pg.Client(url);
  await client.connect();
  await client.query(`create schema ${schema}; set search_path to ${schema};
    create table schema_steps (step integer primary key, at timestamptz not null default now());
    ${migrations.slice(0, step).join('')};
    insert into schema_steps (step) select generate_series(1, ${step});
    insert into numbers (phone_number_id, wa_id, display_phone_number, verified_name, waba_id, portfolio_id, created_at_ms,
                         upstream)
      values ('1', 1, '', '', '', 'my portfolio', 0, '{}'), ('2', 2, '', '', '', 'p', 0, null);
    insert into lists (phone_number_id, version, size, list_end, activity_end, outbox_end)
      values ('1', 0, 0, 1, 1, 1), ('2', 0, 0, 1, 1, 1);
    ${sql}`);
  for (const [name, value] of records)
    await client.query('insert into records (name, value, until_ms) values ($1, $2, 9000000000000000)', [
      name,
      value,
    ]);
  await client.end();
  return { url, schema };
}

test('what an earlier version has learned of users is there as their names', async () => {
  const database = await earlierDatabase('create table user_names', {
    records: earlierUsers,
    sql: `insert into windows (phone_number_id, wa_id, last_inbound_ms, ticks)
        values ('1', 5215512345678, 1, 2), ('2', 5215512345678, 1, 2), ('2', 16505551234, 1, 2);
      insert into standing (phone_number_id, wa_id, placed_at_ms, key_id, source)
        values ('1', 5531988887777, 1, 'k', 'api')`,
  });
  const store = await openPostgresStore(database);
  await assertUsersKept(store);
  await store.close();
});

test('what an earlier version kept as records is there in tables of its own', async () => {
  const database = await earlierDatabase('create table sessions', { records: earlierRecords, sql: '' });
  const store = await openPostgresStore(database);
  await assertRecordsKept(store);
  await store.close();
});
