import { StoreUnusable } from '@blockhouse/engine';
import { type ConnectionOptions, Connections } from './connections.ts';
import { migrations } from './migrations.ts';
import { withRetry } from './retry.ts';

/** An older server lacks nothing that we know of, but is tested by nobody. */
const serverVersionMin = 150_000;

/** Processes that start at the same time take turns with the schema. */
const migrationLock = 0x426c636b;

/**
 * Brings the schema up to date, over connections of its own: a step may build an index of a large table.
 * @throws StoreUnusable when the database cannot be reached, is too old, or is newer than this program.
 */
export async function migrateDatabase(
  options: ConnectionOptions & { readonly deadlineMs: number },
): Promise<void> {
  await (await openDatabase(options)).close();
}

/**
 * Connects and brings the schema up to date.
 * @throws StoreUnusable when the database cannot be reached, is too old, or is newer than this program.
 */
export async function openDatabase(
  options: ConnectionOptions & { readonly deadlineMs: number },
): Promise<Connections> {
  const connections = new Connections(options);
  try {
    await withRetry(() => migrate(connections, options.schema), { ...options, settlesUnknown: true });
    return connections;
  } catch (error) {
    await connections.close();
    throw error instanceof StoreUnusable ? error : unusable(error);
  }
}

/** Every step is committed with its number, so that a start that dies half-way leaves a whole number of steps. */
async function migrate(connections: Connections, schema: string): Promise<void> {
  const [[server]] = (await connections.read('show server_version_num')) as [[string]];
  if (Number(server) < serverVersionMin) {
    throw new StoreUnusable(
      `BLOCKHOUSE_STORE: the database is PostgreSQL ${Math.floor(Number(server) / 10_000)}; 15 or newer is needed`,
    );
  }
  if ((await currentVersion(connections)) === migrations.length) return;
  for (let done = false; !done; ) {
    done = await connections.transaction(async (ask) => {
      await ask(`select pg_advisory_xact_lock(${migrationLock})`);
      const version = await schemaVersion(ask, schema);
      if (version > migrations.length) {
        throw new StoreUnusable(
          `BLOCKHOUSE_STORE: the database was written by a newer Blockhouse (schema ${version}, this one knows ${migrations.length}); update Blockhouse`,
        );
      }
      const step = migrations[version];
      if (step === undefined) return true;
      for (const statement of step.split(/;\s*$/m)) if (statement.trim() !== '') await ask(statement);
      await ask('insert into schema_steps (step) values ($1)', [version + 1]);
      return false;
    });
  }
}

/** The version of the schema, without a change: a server may start where nothing can be created. 0: there is none. */
async function currentVersion(connections: Connections): Promise<number> {
  const [[table]] = (await connections.read("select to_regclass('schema_steps')")) as [[string | null]];
  if (table === null) return 0;
  const [row] = await connections.read('select coalesce(max(step), 0) from schema_steps');
  return Number(row?.[0]);
}

async function schemaVersion(ask: Connections['read'], schema: string): Promise<number> {
  await ask(`create schema if not exists ${schema}`);
  await ask(
    'create table if not exists schema_steps (step integer primary key, at timestamptz not null default now())',
  );
  const [row] = await ask('select coalesce(max(step), 0) from schema_steps');
  return Number(row?.[0]);
}

function unusable(error: unknown): StoreUnusable {
  // The cause of "does not answer" says more.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new StoreUnusable(
    `BLOCKHOUSE_STORE: the database cannot be used (${reason}); check the address, the user's rights, and that it runs`,
    { cause: error },
  );
}
