import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readConfig, type StoreConfig } from '@blockhouse/server';

/**
 * The address of a new store for a test: SQLite, or the PostgreSQL or the Citus cluster that the environment names.
 * test/postgres/everything.test.ts and test/cluster/server.test.ts use this to run the same tests there. Every store has
 * its own tables.
 */
export function testStoreUrl(sqlitePath = ':memory:'): string {
  const postgres = process.env['TEST_POSTGRES_URL'];
  if (postgres === undefined) return `sqlite:${sqlitePath}`;
  const prefix = process.env['TEST_SCHEMA_PREFIX'] ?? 'test';
  const url = `${postgres}?schema=${prefix}_${process.pid}_${++schemas}`;
  if (process.env['TEST_DISTRIBUTED'] !== undefined) distribute(url);
  return url;
}

/** Distributes the tables of a store before a server opens it. */
function distribute(url: string): void {
  const program = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
  const args = ['--conditions=@blockhouse/source', program, 'db', 'distribute', '--store', url];
  execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

export function testStore(sqlitePath?: string): StoreConfig {
  return readConfig({ BLOCKHOUSE_STORE: testStoreUrl(sqlitePath) }).store;
}

let schemas = 0;
