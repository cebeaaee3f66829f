import { openDatabase } from './open.ts';
import { forMaintenance, type PostgresOptions } from './store.ts';

/** Small tables that every node reads: a copy on each node. */
const everywhere = ['numbers', 'users', 'keys', 'settings', 'records', 'workers'];

/** Tables of numbers: the rows of a number are on one node. */
const byNumber = ['lists', 'windows', 'blocks', 'activity', 'webhooks', 'standing', 'traffic', 'buckets'];

/** Tables of directories of users: the rows of a directory are on one node. */
const byDirectory = ['user_names'];

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
    for (const table of everywhere) {
      if (distributed.has(table)) continue;
      await connections.read('select create_reference_table($1::regclass)', [table]);
      done.push(`${table} is on every node.`);
    }
    for (const table of byNumber) {
      if (distributed.has(table)) continue;
      const beside = table === byNumber[0] ? 'default' : (byNumber[0] ?? 'default');
      await connections.read(
        "select create_distributed_table($1::regclass, 'phone_number_id', colocate_with => $2)",
        [table, beside],
      );
      done.push(`${table} is distributed by phone_number_id.`);
    }
    for (const table of byDirectory) {
      if (distributed.has(table)) continue;
      await connections.read(
        "select create_distributed_table($1::regclass, 'directory', colocate_with => 'none')",
        [table],
      );
      done.push(`${table} is distributed by directory.`);
    }
    return done.length > 0 ? done : ['Everything is distributed already.'];
  } finally {
    await connections.close();
  }
}
