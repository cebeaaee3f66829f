// Shows that after a failover to a synchronous standby during load every acknowledged block is on the list, without a restart of a server.
import { test } from 'node:test';
import pg from 'pg';
import { startPostgres } from '../../../../tools/postgres.ts';
import { eventually } from '../waiting.ts';
import { assertAllThere, assertTransient, startLoad, startMembers } from './servers.ts';

test('kill -9 of the primary and a promoted standby lose no acknowledged block', async (t) => {
  const primary = await startPostgres("synchronous_standby_names = 'second'\nsynchronous_commit = local\n");
  t.after(() => primary.remove());
  await primary.stop();
  const standby = await primary.standby('second');
  t.after(() => standby.remove());
  await primary.start();
  await standby.start();
  const operator = new pg.Client(primary.url);
  operator.on('error', () => {});
  await operator.connect();
  const streaming = "select count(*)::int as count from pg_stat_replication where sync_state = 'sync'";
  await eventually(
    'the standby was synchronous',
    async () => (await operator.query<{ count: number }>(streaming)).rows[0]?.count === 1,
  );
  // From here on a commit is acknowledged when it is on both.
  await operator.query('alter system set synchronous_commit = on');
  await operator.query('select pg_reload_conf()');

  const store = `postgres://postgres@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/postgres?target_session_attrs=read-write`;
  const members = await startMembers(t, store);
  const { acknowledged, refusals, more, stop } = startLoad(members, 16);
  await more(200);
  await primary.stop('SIGKILL');
  await standby.promote();
  await more(200);
  await stop();
  assertTransient(refusals);
  for (const member of members) await assertAllThere(member, acknowledged);
});
