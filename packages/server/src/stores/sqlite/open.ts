import { closeSync, fdatasync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { StoreUnusable } from '@blockhouse/engine';
import { migrations } from './migrations.ts';

/** An open database, with the means to make durable what was committed to it. */
export interface OpenDatabase {
  readonly db: DatabaseSync;
  /** Fulfilled when everything committed before the call is on disk. */
  readonly sync: () => Promise<void>;
  readonly close: () => void;
}

/** Marks a file as ours (`PRAGMA application_id`): the letters "Blck". */
export const applicationId = 0x426c636b;

/**
 * Opens or creates the database, alone: a second process on the same file is refused, because what this one knows
 * in memory would no longer be true. `:memory:` lives as long as the process.
 * @throws StoreUnusable when the file is not ours, is newer than this program, or is in use.
 */
export function openDatabase(path: string): OpenDatabase {
  let db: DatabaseSync | undefined;
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    db = new DatabaseSync(path);
    configure(db, path);
    migrate(db, path);
    return path === ':memory:' ? inMemory(db) : onDisk(db, path);
  } catch (error) {
    db?.close();
    throw error instanceof StoreUnusable ? error : unusable(path, error);
  }
}

function inMemory(db: DatabaseSync): OpenDatabase {
  return { db, sync: async () => {}, close: () => db.close() };
}

/**
 * From here on SQLite writes commits to its log without waiting for the disk (`synchronous = normal`), and `sync` does the
 * waiting, off the main thread. SQLite itself still waits where the order of its files depends on it, at checkpoints.
 */
function onDisk(db: DatabaseSync, path: string): OpenDatabase {
  // One commit that SQLite makes durable itself, the log's entry in the folder included.
  db.exec(`begin immediate; pragma user_version = ${migrations.length}; commit`);
  db.exec('pragma synchronous = normal');
  const log = openSync(`${path}-wal`, 'r+');
  const sync = promisify(fdatasync);
  return {
    db,
    sync: () => sync(log),
    close() {
      db.close();
      closeSync(log);
    },
  };
}

function configure(db: DatabaseSync, path: string): void {
  // SQLite's own `lower` knows the letters of ASCII alone.
  db.function('fold', { deterministic: true }, (text) =>
    typeof text === 'string' ? text.toLowerCase() : null,
  );
  db.exec('pragma locking_mode = exclusive');
  const owner = pragma(db, 'application_id');
  if (owner !== 0 && owner !== applicationId) {
    throw new StoreUnusable(`BLOCKHOUSE_STORE: ${path} belongs to another program; name another file`);
  }
  // The cache bounds what the process holds of the file in memory: 32 MiB.
  db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -32768');
  // Pages of the log, 16 MiB, until they are written to the file. A page that changes often is written once.
  db.exec('pragma wal_autocheckpoint = 4096');
}

function migrate(db: DatabaseSync, path: string): void {
  const version = pragma(db, 'user_version');
  if (version > migrations.length) {
    throw new StoreUnusable(
      `BLOCKHOUSE_STORE: ${path} was written by a newer Blockhouse (schema ${version}, this one knows ${migrations.length}); update Blockhouse`,
    );
  }
  for (const [index, statements] of migrations.entries()) {
    if (index < version) continue;
    db.exec(`begin immediate; pragma user_version = ${index + 1}; ${statements}; commit`);
  }
  if (version === 0) db.exec(`pragma application_id = ${applicationId}`);
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`pragma ${name}`).get() ?? {})[0]);
}

function unusable(path: string, error: unknown): StoreUnusable {
  const reason = error instanceof Error ? error.message : String(error);
  if (/locked|busy/.test(reason)) {
    return new StoreUnusable(
      `BLOCKHOUSE_STORE: ${path} is in use by another process; stop it, or name another file`,
      {
        cause: error,
      },
    );
  }
  return new StoreUnusable(
    `BLOCKHOUSE_STORE: ${path} cannot be opened as a database (${reason}); name a file that can be written`,
    { cause: error },
  );
}
