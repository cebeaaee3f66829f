// Shows that a process says so while PostgreSQL takes no writes or does not answer, by its heartbeat alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { startPostgres } from '../../../../tools/postgres.ts';
import { openPostgresStore } from '../../src/stores/postgres/store.ts';
import { eventually } from '../waiting.ts';

test('a database that is set to read-only, that is mended, and that is gone', async (t) => {
  const database = await startPostgres();
  t.after(() => database.remove());
  const store = await openPostgresStore({ url: database.url, silenceMaxMs: 300 });
  t.after(() => store.close());
  const settles = (wanted: string | null) =>
    eventually(
      `the problem was ${JSON.stringify(wanted)}`,
      () => store.problem(),
      (problem) => problem === wanted,
    );
  assert.equal(await store.problem(), null);

  const client = new pg.Client(database.url);
  client.on('error', () => {});
  await client.connect();
  t.after(() => client.end().catch(() => {}));
  const setReadOnly = async (value: 'on' | 'off') => {
    await client.query('set default_transaction_read_only = off');
    await client.query(`alter database ${client.escapeIdentifier(client.database ?? '')}
      set default_transaction_read_only = ${value}`);
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()',
    );
  };
  await setReadOnly('on');
  await settles('The database takes no writes: it is a standby, or set to read-only.');
  await setReadOnly('off');
  await settles(null);
  await database.stop();
  await settles('The database does not answer.');
});
