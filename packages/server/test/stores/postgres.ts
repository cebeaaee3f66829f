import { after } from 'node:test';
import { type Postgres, startPostgres } from '../../../../tools/postgres.ts';
import type { PostgresOptions } from '../../src/stores/postgres/options.ts';
import { openPostgresStore, type PostgresStore } from '../../src/stores/postgres/store.ts';

let started: Promise<Postgres> | null = null;
let schemas = 0;

after(async () => (await started)?.remove());

/** The PostgreSQL of a test file: started when somebody first asks, and gone when the file is done. */
export function postgres(): Promise<Postgres> {
  started ??= startPostgres();
  return started;
}

/** A store with tables of its own. */
export async function openFresh(options: Partial<PostgresOptions> = {}): Promise<PostgresStore> {
  const { url } = await postgres();
  return await openPostgresStore({ url, schema: freshSchema(), connectionsMax: 4, ...options });
}

export function freshSchema(): string {
  return `test_${process.pid}_${++schemas}`;
}
