import { after } from 'node:test';
import pg from 'pg';
import { distributeStore } from '../../src/stores/postgres/distribute.ts';
import type { PostgresOptions } from '../../src/stores/postgres/options.ts';
import { openPostgresStore, type PostgresStore } from '../../src/stores/postgres/store.ts';

/** A running Citus cluster, at the address of its coordinator. `npm run test:cluster` needs one. */
export const clusterUrl = process.env['TEST_CLUSTER_URL'];

/** Why the tests of a cluster are skipped; false: they run. */
export const withoutCluster =
  clusterUrl === undefined && 'TEST_CLUSTER_URL does not name the coordinator of a Citus cluster';

/** The schemas of a test file begin with this, and are dropped when the file is done. */
export const schemaPrefix = `blockhouse_test_${process.pid}`;

let schemas = 0;

after(async () => {
  if (clusterUrl === undefined) return;
  const client = new pg.Client(clusterUrl);
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    'select nspname as name from pg_namespace where starts_with(nspname::text, $1)',
    [schemaPrefix],
  );
  for (const { name } of rows) await client.query(`drop schema if exists ${name} cascade`);
  await client.end();
});

export interface Node {
  readonly name: string;
  readonly port: number;
  readonly isCoordinator: boolean;
  readonly host: string;
  readonly url: string;
}

/** All nodes: a server may use any of them. */
export async function nodes(): Promise<readonly Node[]> {
  const client = new pg.Client(clusterUrl);
  await client.connect();
  const { rows } = await client.query<Omit<Node, 'host' | 'url'>>(
    `select nodename as name, nodeport as port, groupid = 0 as "isCoordinator"
       from pg_dist_node where isactive order by groupid`,
  );
  await client.end();
  return rows.map((node) => {
    const url = new URL(clusterUrl ?? '');
    url.host = `${node.name}:${node.port}`;
    return { ...node, host: url.host, url: url.href };
  });
}

/** Tables of their own, distributed over the nodes. Few shards make moves of all of them short. */
export async function distributedSchema(): Promise<{ readonly url: string; readonly schema: string }> {
  if (clusterUrl === undefined) throw new Error('there is no cluster');
  const schema = `${schemaPrefix}_${schemas++}`;
  const options = encodeURIComponent('-c citus.shard_count=8');
  await distributeStore({ url: `${clusterUrl}?options=${options}`, schema });
  return { url: clusterUrl, schema };
}

export async function openDistributed(options: Partial<PostgresOptions> = {}): Promise<PostgresStore> {
  return await openPostgresStore({
    ...(await distributedSchema()),
    connectionsMax: 4,
    ...options,
  } as PostgresOptions);
}
