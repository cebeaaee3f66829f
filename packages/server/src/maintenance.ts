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
 * Distributes the tables of a store over the nodes of a Citus cluster.
 * @throws ConfigError, StoreUnusable, CannotDistribute
 */
export async function distribute(address: string): Promise<readonly string[]> {
  const store = readStoreAddress(address);
  if (store.kind !== 'postgres') throw new ConfigError('Only a store in PostgreSQL can be distributed.');
  return await distributeStore(store);
}

async function openArchive(address: string): Promise<Archive> {
  const store = readStoreAddress(address);
  return store.kind === 'sqlite' ? openSqliteArchive(store.path) : await openPostgresArchive(store);
}
