// Shows that a change that waits for the move of its number is not written where the number was.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { openPostgresStore } from '../../src/stores/postgres/store.ts';
import { numberRecord, startMs, write } from '../stores/store-suite.ts';
import { eventually } from '../waiting.ts';
import { clusterUrl, distributedSchema, nodes, withoutCluster } from './cluster.ts';

/** Makes the connection refuse the end of a wait for a lock that another session holds too long. */
const patient = "set lock_timeout = '60s'";

test('a message that arrives while its number moves to another node is kept', {
  skip: withoutCluster,
}, async (t) => {
  const { schema } = await distributedSchema();
  const [door, other] = (await nodes()).filter(({ isCoordinator }) => !isCoordinator);
  assert.ok(door && other);
  const connect = async (url: string) => {
    const client = new pg.Client(url);
    await client.connect();
    t.after(() => client.end());
    await client.query(`set search_path = ${schema}; ${patient}`);
    return client;
  };
  const store = await openPostgresStore({ url: door.url, schema, connectionsMax: 4 });
  t.after(() => store.close());
  const { id } = numberRecord();
  await store.changeNumbers(() => ({ put: numberRecord() }));
  const [admin, holder, watcher] = [
    await connect(clusterUrl ?? ''),
    await connect(door.url),
    await connect(door.url),
  ];
  /** Sessions at the door that wait for a lock. */
  const waiting = async (kind: string) => {
    const { rows } = await watcher.query(
      `select query from pg_stat_activity where wait_event_type = 'Lock' and ${kind}`,
    );
    return rows.length;
  };

  // Somebody's transaction keeps the move from its last step, and a message arrives behind it.
  await holder.query('begin');
  await holder.query('update lists set version = version where phone_number_id = $1', [id]);
  const { rows } = await admin.query(
    `select s as shard, n.nodename as name, n.nodeport as port
       from get_shard_id_for_distribution_column($1::regclass, $2::text) s
       join pg_dist_placement p on p.shardid = s join pg_dist_node n using (groupid)`,
    [`${schema}.lists`, id],
  );
  const [{ shard, name, port }] = rows;
  const target = port === door.port && name === door.name ? other : door;
  const moved = admin.query("select citus_move_shard_placement($1, $2, $3, $4, $5, 'block_writes')", [
    shard,
    name,
    port,
    target.name,
    target.port,
  ]);
  await eventually('the move waits', () => waiting("query like '%lock_shard%'"));
  const user = 16_505_551_234;
  const written = write(store, id, [user], startMs);
  await eventually('the message waits', () => waiting("application_name = 'blockhouse'"));
  await holder.query('commit');
  await moved;
  await written;

  const facts = await store.facts(id, [user]);
  assert.equal(facts.users.get(user)?.lastInboundMs, startMs, 'the window is open at the new node');
});
