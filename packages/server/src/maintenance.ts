import { ConfigError } from './config/setting.ts';
import { readStoreAddress } from './config/store-address.ts';
import { type Archive, type CopyProgress, copyStore } from './stores/archive.ts';
import { openPostgresArchive } from './stores/postgres/archive.ts';
import { distributeStore } from './stores/postgres/distribute.ts';
import { openSqliteArchive } from './stores/sqlite/archive.ts';

export { CopyFailed, type CopyProgress } from './stores/archive.ts';

/**
 * Copies all data from one store into an empty one, or resumes an interrupted copy. It compares both stores
 * at the end. No server may use either store at the same time.
 * @param options.from `from` and `to` are addresses in the form of BLOCKHOUSE_STORE.
 * @throws ConfigError, StoreUnusable, CopyFailed, or the reason of the signal.
 */
export async function copyStores(options: {
  readonly from: string;
  readonly to: string;
  readonly onProgress?: (progress: CopyProgress) => void;
  readonly signal?: AbortSignal;
}): Promise<{ readonly rows: number }> {
  const from = await openArchive(options.from);
  try {
    const to = await openArchive(options.to);
    try {
      return await copyStore(from, to, options);
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

/**
 * Brings the tables of a store up to date. A server does so at its start as well, if its user may create tables.
 * @throws ConfigError, StoreUnusable
 */
export async function migrate(address: string): Promise<void> {
  await (await openArchive(address)).close();
}

/**
 * Distributes the tables of a store over the nodes of a Citus cluster, or resumes an interrupted call.
 * @param onStep called with a sentence after each step.
 * @throws ConfigError, StoreUnusable, CannotDistribute
 */
export async function distribute(address: string, onStep?: (text: string) => void): Promise<void> {
  const store = readStoreAddress(address);
  if (store.kind !== 'postgres') throw new ConfigError('Only a store in PostgreSQL can be distributed.');
  await distributeStore(store, onStep);
}

async function openArchive(address: string): Promise<Archive> {
  const store = readStoreAddress(address);
  return store.kind === 'sqlite' ? openSqliteArchive(store.path) : await openPostgresArchive(store);
}
