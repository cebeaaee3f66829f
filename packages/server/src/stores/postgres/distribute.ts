import { openDatabase } from './open.ts';
import { forMaintenance, type PostgresOptions } from './options.ts';

/** Small tables that every node reads: a copy on each node. */
export const referenceTables = ['numbers', 'users', 'keys', 'settings', 'workers'];

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
      'buckets',
    ],
  },
  { column: 'directory', tables: ['user_names'] },
  { column: 'token_hash', tables: ['sessions'] },
  { column: 'key_id', tables: ['bulk_runs', 'bulk_results'] },
];

/** The tables cannot be distributed here; the message says why, and what to do. */
export class CannotDistribute extends Error {
  override readonly name = 'CannotDistribute';
}

/**
 * Distributes the tables over the nodes of a Citus cluster, by `phone_number_id`. May be called again.
 * @returns a sentence for each step that was done.
 * @throws CannotDistribute where Citus is not there.
 */
export async function distributeStore(options: PostgresOptions): Promise<readonly string[]> {
  const connections = await openDatabase(forMaintenance(options));
  try {
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
    const distributed = new Set(
      (await connections.read('select table_name::text from citus_tables')).map(([name]) =>
        String(name).split('.').at(-1),
      ),
    );
    const done: string[] = [];
    for (const table of referenceTables) {
      if (distributed.has(table)) continue;
      await connections.read('select create_reference_table($1::regclass)', [table]);
      done.push(`${table} is on every node.`);
    }
    for (const { column, tables } of distributedTables) {
      const [first] = tables;
      for (const table of tables) {
        if (distributed.has(table)) continue;
        const colocated = table === first ? 'none' : first;
        await connections.read('select create_distributed_table($1::regclass, $2, colocate_with => $3)', [
          table,
          column,
          colocated,
        ]);
        done.push(`${table} is distributed by ${column}.`);
      }
    }
    return done.length > 0 ? done : ['Everything is distributed already.'];
  } finally {
    await connections.close();
  }
}
