import type { Connections } from './connections.ts';
import { openDatabase } from './open.ts';
import { forMaintenance, type PostgresOptions } from './options.ts';

/** Small tables that statements on numbers read: a copy on each node. A change of one needs all nodes. */
export const referenceTables = ['numbers', 'users'];

/**
 * Small tables that stay on the coordinator, and that servers reach through any node. No statement on a number reads
 * them, and they need no node but the coordinator.
 */
export const localTables = [
  'keys',
  'settings',
  'workers',
  'sessions',
  'bulk_runs',
  'bulk_results',
  'counters',
  'locks',
  'schema_steps',
];

/** Tables whose rows lie on the node that their column says. Tables of one group lie together. */
export const distributedTables = [
  {
    column: 'phone_number_id',
    tables: [
      'lists',
      'windows',
      'blocks',
      'activity',
      'webhooks',
      'messages',
      'meta_webhooks',
      'standing',
      'traffic',
      'rule_counts',
      'kept_messages',
      'buckets',
    ],
  },
  { column: 'directory', tables: ['user_names'] },
];

/** The tables cannot be distributed here; the message says why, and what to do. */
export class CannotDistribute extends Error {
  override readonly name = 'CannotDistribute';
}

/**
 * Distributes the tables over the nodes of a Citus cluster. Tables that are distributed already are left out, so an
 * interrupted call may be repeated.
 * @param onStep called with a sentence after each step.
 * @throws CannotDistribute where Citus or its worker nodes are not there.
 */
export async function distributeStore(
  options: PostgresOptions,
  onStep: (text: string) => void = () => {},
): Promise<void> {
  const connections = await openDatabase(forMaintenance(options));
  try {
    await requireCitus(connections);
    const done = new Set(await distributedNow(connections));
    const isLeft = (table: string) => !done.has(table);
    for (const table of referenceTables.filter(isLeft)) {
      await connections.read('select create_reference_table($1::regclass)', [table]);
      await removeLocalRows(connections, table);
      onStep(`${table} is on every node.`);
    }
    for (const table of localTables.filter(isLeft)) {
      await connections.read('select citus_add_local_table_to_metadata($1::regclass)', [table]);
      onStep(`${table} stays on the coordinator.`);
    }
    for (const { column, tables } of distributedTables) {
      const [first] = tables;
      for (const table of tables.filter(isLeft)) {
        // Citus moves no shards of a table that is not in the log of the database.
        if (table === 'buckets') await connections.read('alter table buckets set logged');
        const colocated = table === first ? 'none' : first;
        const distribution = [table, column, colocated];
        await connections.read(
          'select create_distributed_table($1::regclass, $2, colocate_with => $3)',
          distribution,
        );
        await removeLocalRows(connections, table);
        onStep(`${table} is distributed by ${column}.`);
      }
    }
  } finally {
    await connections.close();
  }
}

/** @throws CannotDistribute */
async function requireCitus(connections: Connections): Promise<void> {
  const [available] = await connections.read(
    "select installed_version from pg_available_extensions where name = 'citus'",
  );
  if (available === undefined) {
    throw new CannotDistribute(
      'This PostgreSQL does not have the extension citus, so there is nothing to distribute over. ' +
        'One primary with replicas needs none of it; for more, use a PostgreSQL with Citus 12 or newer.',
    );
  }
  if (available[0] === null) await connections.read('create extension citus');
  const [nodes] = await connections.read(
    "select count(*) from pg_dist_node where noderole = 'primary' and groupid <> 0 and isactive",
  );
  if (Number(nodes?.[0]) === 0) {
    throw new CannotDistribute(
      'This Citus has no worker nodes, so everything would stay on the coordinator. ' +
        "Add them first: select citus_add_node('HOST', PORT).",
    );
  }
}

/** The tables of our schema that are distributed or on every node. */
async function distributedNow(connections: Connections): Promise<readonly string[]> {
  const rows = await connections.read(
    `select c.relname::text from pg_dist_partition p
       join pg_class c on c.oid = p.logicalrelid
      where c.relnamespace = current_schema()::regnamespace`,
  );
  return rows.map(([name]) => String(name));
}

/** The rows that a table had before it was distributed stay on the coordinator, hidden. */
async function removeLocalRows(connections: Connections, table: string): Promise<void> {
  await connections.read('select truncate_local_data_after_distributing_table($1::regclass)', [table]);
}
