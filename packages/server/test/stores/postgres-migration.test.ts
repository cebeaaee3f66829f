// Shows that a database of an earlier version keeps what it has learned of users.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { migrations } from '../../src/stores/postgres/migrations.ts';
import { openPostgresStore } from '../../src/stores/postgres/store.ts';
import { freshSchema, openFresh, postgres } from './postgres.ts';

test('what an earlier version has learned of users is there as their names', async () => {
  const { url } = await postgres();
  const schema = freshSchema();
  await (await openFresh({ schema })).close();
  const earlier = new pg.Client(url);
  await earlier.connect();
  const step = migrations.findIndex((text) => text.includes('create table user_names'));
  assert.equal(step, migrations.length - 1, 'later steps have to be taken back as well');
  await earlier.query(`set search_path to ${schema};
    drop table user_names;
    delete from schema_steps where step = ${step + 1};
    insert into records (name, value, until_ms) values
      ('user my portfolio US.1', '{"waId":1000000000000007,"phone":16505551234}', 9000000000000000),
      ('user my portfolio 16505551234', 'US.1', 9000000000000000),
      ('user my portfolio US.2', '{"waId":14155559876,"phone":null}', 9000000000000000),
      ('run key 1', '{"waId":5}', 9000000000000000);
    insert into numbers (phone_number_id, wa_id, display_phone_number, verified_name, waba_id, portfolio_id, created_at_ms,
                         upstream)
      values ('1', 1, '', '', '', 'my portfolio', 0, '{}'), ('2', 2, '', '', '', 'p', 0, null);
    insert into windows (phone_number_id, wa_id, last_inbound_ms, ticks)
      values ('1', 5215512345678, 1, 2), ('2', 5215512345678, 1, 2), ('2', 16505551234, 1, 2);
    insert into standing (phone_number_id, wa_id, placed_at_ms, key_id, source)
      values ('1', 5531988887777, 1, 'k', 'api')`);
  await earlier.end();
  const store = await openPostgresStore({ url, schema });
  const names = ['US.1', 'US.2', '5215512345678', '5531988887777', '16505551234'];
  const found = async (directory: string) =>
    (await store.userNames(directory, { names }))
      .map(({ name, kind, user }) => `${kind} ${name} ${user}`)
      .toSorted();
  assert.deepEqual(await found('cloud my portfolio'), [
    'input 5531988887777 5531988887777',
    'user_id US.1 1000000000000007',
    'user_id US.2 14155559876',
    'wa_id 16505551234 1000000000000007',
    'wa_id 5215512345678 5215512345678',
  ]);
  assert.deepEqual(await found('local'), ['wa_id 5215512345678 5215512345678']);
  assert.equal(await store.record('user my portfolio US.1', 0), null);
  assert.equal(await store.record('run key 1', 0), '{"waId":5}');
  await store.close();
});
