import { readConfig, type StoreConfig } from '@blockhouse/server';

/**
 * The address of a new store for a test: SQLite, or the PostgreSQL that the environment names.
 * test/postgres/everything.test.ts uses this to run the same tests on PostgreSQL. Every store has its own
 * tables.
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
