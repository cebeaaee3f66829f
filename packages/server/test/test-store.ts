import { readConfig, type StoreConfig } from '@blockhouse/server';

/**
 * The store that a test runs over: SQLite, unless the environment names a PostgreSQL, as
 * test/postgres/everything.test.ts does to run the same tests there. Every store has tables of its own.
 */
export function testStoreUrl(sqlitePath = ':memory:'): string {
  const postgres = process.env['TEST_POSTGRES_URL'];
  return postgres === undefined
    ? `sqlite:${sqlitePath}`
    : `${postgres}?schema=test_${process.pid}_${++schemas}`;
}

export function testStore(sqlitePath?: string): StoreConfig {
  return readConfig({ BLOCKHOUSE_STORE: testStoreUrl(sqlitePath) }).store;
}

let schemas = 0;
