// Shows a failover: the primary is killed during load, its synchronous standby is promoted, every acknowledged block is on the list, and no server is restarted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { startPostgres } from '../../../../tools/postgres.ts';
import { demoNumber } from '../harness.ts';
import { startMembers } from './servers.ts';

test('kill -9 of the primary, and its standby takes over', async (t) => {
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
  while ((await operator.query<{ count: number }>(streaming)).rows[0]?.count !== 1);
  // From here on a commit is acknowledged when it is on both.
  await operator.query('alter system set synchronous_commit = on');
  await operator.query('select pg_reload_conf()');

  const store = `postgres://postgres@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/postgres?target_session_attrs=read-write`;
  const members = await startMembers(t, store);
  const acknowledged: number[] = [];
  const failed: unknown[] = [];
  let nextUser = 16_500_000_000;
  let stopped = false;
  const client = async (nth: number) => {
    const member = members[nth % members.length];
    while (!stopped) {
      const user = nextUser++;
      const written = await member?.write(user);
      const answer = written?.status === 200 ? await member?.block(user) : written;
      if (answer?.status === 200 && answer.body.block_users.added_users.length === 1) acknowledged.push(user);
      else failed.push(answer?.body);
    }
  };
  const running = Promise.all(Array.from({ length: 16 }, (_, nth) => client(nth)));
  const more = async (count: number) => {
    const goal = acknowledged.length + count;
    while (acknowledged.length < goal) await Promise.race([running, members[0]?.call('GET', '/healthz')]);
  };
  await more(200);
  await primary.stop('SIGKILL');
  await standby.promote();
  await more(200);
  stopped = true;
  await running;

  for (const refusal of failed) {
    const { error } = refusal as { error: { code: number; is_transient: boolean } };
    assert.deepEqual([error.code, error.is_transient], [139103, true]);
  }
  const there = new Set<string>();
  for (const member of members) {
    let next = `/${demoNumber}/block_users?limit=1000`;
    while (next !== '') {
      const { body } = await member.call('GET', next);
      for (const { wa_id: waId } of body.data) there.add(waId);
      next = body.paging?.next === undefined ? '' : body.paging.next.replace(/^https?:\/\/[^/]+/, '');
    }
    assert.deepEqual(
      acknowledged.filter((user) => !there.has(String(user))),
      [],
    );
    there.clear();
  }
});
