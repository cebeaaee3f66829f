import { createHash } from 'node:crypto';

/** A value of a column, the same from every engine. */
export type Value = string | number | null;

/** The position of a row in its table; null: before all of them. */
export type Key = readonly Value[] | null;

/** The columns that a table is ordered by. */
export function keyOf({ columns, keyColumns }: Table): readonly string[] {
  return columns.slice(0, keyColumns ?? 1);
}

/** A table as every engine has it, and what its rows are ordered by. */
export interface Table {
  readonly name: string;
  /** The first ones are the key; in a table that belongs to numbers they are so within one number. */
  readonly columns: readonly string[];
  /** How many of them; 1 when it is not said. */
  readonly keyColumns?: 2 | 3;
  readonly ofNumbers: boolean;
}

/**
 * The tables of a store, in the order in which they are copied. Tables that belong to one process are left out.
 */
export const tables: readonly Table[] = [
  { name: 'settings', columns: ['name', 'value'], ofNumbers: false },
  {
    name: 'sessions',
    columns: ['token_hash', 'key_hash', 'person', 'number_id', 'expires_at_ms'],
    ofNumbers: false,
  },
  { name: 'bulk_runs', columns: ['key_id', 'id', 'record', 'until_ms'], keyColumns: 2, ofNumbers: false },
  {
    name: 'bulk_results',
    columns: ['key_id', 'id', 'chunk', 'results', 'until_ms'],
    keyColumns: 3,
    ofNumbers: false,
  },
  {
    name: 'keys',
    columns: ['id', 'hash', 'name', 'role', 'numbers', 'created_at_ms', 'expires_at_ms'],
    ofNumbers: false,
  },
  { name: 'users', columns: ['wa_id', 'kind', 'name', 'username', 'phone_hidden'], ofNumbers: false },
  {
    name: 'user_names',
    columns: ['directory', 'name', 'kind', 'user_key', 'since_ms', 'until_ms'],
    keyColumns: 2,
    ofNumbers: false,
  },
  {
    name: 'blocks',
    columns: [
      'position',
      'wa_id',
      'blocked_at_ms',
      'key_id',
      'person',
      'source',
      'note',
      'until_ms',
      'dropped_before',
    ],
    ofNumbers: true,
  },
  {
    name: 'standing',
    columns: ['wa_id', 'placed_at_ms', 'key_id', 'person', 'source', 'note', 'until_ms'],
    ofNumbers: true,
  },
  { name: 'traffic', columns: ['hour_ms', 'admitted', 'dropped', 'held'], ofNumbers: true },
  {
    name: 'rule_counts',
    columns: ['hour_ms', 'rule_id', 'matched', 'acted'],
    keyColumns: 2,
    ofNumbers: true,
  },
  {
    name: 'kept_messages',
    columns: ['at_ms', 'batch', 'messages', 'encrypted'],
    keyColumns: 2,
    ofNumbers: true,
  },
  {
    name: 'windows',
    columns: [
      'wa_id',
      'last_inbound_ms',
      'dropped',
      'last_dropped_ms',
      'ticks',
      'name',
      'last_outbound_ms',
      'known_from_ms',
    ],
    ofNumbers: true,
  },
  {
    name: 'activity',
    columns: [
      'at_ms',
      'entry',
      'operation',
      'wa_id',
      'input',
      'outcome',
      'key_id',
      'person',
      'source',
      'note',
    ],
    keyColumns: 2,
    ofNumbers: true,
  },
  {
    name: 'messages',
    columns: ['message_id', 'at_ms', 'callback_data', 'until_ms'],
    ofNumbers: true,
  },
  { name: 'meta_webhooks', columns: ['last_at_ms'], ofNumbers: true },
  {
    name: 'webhooks',
    columns: [
      'entry',
      'wa_id',
      'message_id',
      'body',
      'created_at_ms',
      'state',
      'due_at_ms',
      'settled_at_ms',
      'attempt_count',
      'attempts',
      'rule_id',
      'review',
    ],
    ofNumbers: true,
  },
];

/** A number with where its lists stand, as one row. */
export const numberColumns = [
  'made',
  'id',
  'wa_id',
  'display_phone_number',
  'verified_name',
  'waba_id',
  'portfolio_id',
  'created_at_ms',
  'webhook',
  'upstream',
  'version',
  'size',
  'list_end',
  'activity_end',
  'outbox_end',
] as const;

/** A store's contents as rows, for moving them to another engine while no server works on them. */
export interface Archive {
  /** All numbers, in the order in which they were made. */
  numbers(): Promise<readonly (readonly Value[])[]>;
  /** How many numbers were ever made: what is numbered by that must not begin again. */
  numbersMade(): Promise<number>;
  /** Puts a number, with its lists; what is there already stays. */
  putNumber(row: readonly Value[]): Promise<void>;
  setNumbersMade(made: number): Promise<void>;
  count(table: Table, numberId: string | null): Promise<number>;
  /** Rows behind a key, in the order of their keys. */
  read(
    table: Table,
    numberId: string | null,
    after: Key,
    count: number,
  ): Promise<readonly (readonly Value[])[]>;
  /** The last key; null: the table is empty. */
  last(table: Table, numberId: string | null): Promise<Key>;
  /** Appends rows that are not there. */
  write(table: Table, numberId: string | null, rows: readonly (readonly Value[])[]): Promise<void>;
  /** Whether a copy into this store was begun and not verified. It is no part of what is copied. */
  isUnfinished(): Promise<boolean>;
  setUnfinished(unfinished: boolean): Promise<void>;
  close(): Promise<void>;
}

/** How far a copy is. */
export interface CopyProgress {
  readonly step: 'copying' | 'verifying';
  readonly done: number;
  readonly total: number;
}

/** The two stores do not agree, or cannot be made to; the message says where. */
export class CopyFailed extends Error {
  override readonly name = 'CopyFailed';
}

const rowsAtOnce = 2000;

/** The setting that marks a store into which a copy was begun. */
export const unfinishedSetting = 'copy_unfinished';

/** Why a server does not start on such a store. */
export const unfinishedCopy =
  'BLOCKHOUSE_STORE: a copy into this store was not finished; run "blockhouse db copy" again, or name another store';

/**
 * Copies a store into an empty one, or resumes a copy that was interrupted. Then it compares both by counts and
 * checksums.
 * @throws CopyFailed when the target holds anything else, or differs in the end.
 * @throws the signal's reason; what was copied until then stays, and the next call resumes from there.
 */
export async function copyStore(
  from: Archive,
  to: Archive,
  { onProgress, signal }: { onProgress?: (progress: CopyProgress) => void; signal?: AbortSignal } = {},
): Promise<{ readonly rows: number }> {
  if (await from.isUnfinished()) throw new CopyFailed('the source is itself a copy that was not finished');
  if (!(await to.isUnfinished()) && !(await isEmpty(to))) {
    throw new CopyFailed('the target is not empty: a server was started on it; name an empty one');
  }
  await to.setUnfinished(true);
  const parts = await partsOf(from);
  const total = await rowsOf(from, parts);
  let done = 0;
  const report = (step: CopyProgress['step'], rows: number) => {
    signal?.throwIfAborted();
    done += rows;
    onProgress?.({ step, done, total });
  };

  for (const row of await from.numbers()) await to.putNumber(row);
  for (const { table, numberId } of parts) {
    // Rows are copied in the order of their keys, so the last one shows how far an earlier call has come.
    let after = await to.last(table, numberId);
    report('copying', after === null ? 0 : await to.count(table, numberId));
    while (true) {
      const rows = await from.read(table, numberId, after, rowsAtOnce);
      if (rows.length === 0) break;
      await to.write(table, numberId, rows);
      after = rows.at(-1)?.slice(0, keyOf(table).length) ?? null;
      report('copying', rows.length);
    }
  }
  await to.setNumbersMade(await from.numbersMade());

  done = 0;
  for (const { table, numberId } of parts) {
    const [theirs, ours] = await Promise.all([
      checksum(from, table, numberId),
      checksum(to, table, numberId),
    ]);
    if (theirs.sum !== ours.sum) {
      const place = numberId === null ? table.name : `${table.name} of number ${numberId}`;
      throw new CopyFailed(
        `${place}: ${theirs.rows} rows were there and ${ours.rows} have arrived, or they differ`,
      );
    }
    report('verifying', ours.rows);
  }
  const [theirs, ours] = [await from.numbers(), await to.numbers()];
  if (JSON.stringify(theirs) !== JSON.stringify(ours)) throw new CopyFailed('the numbers differ');
  await to.setUnfinished(false);
  return { rows: total };
}

async function isEmpty(archive: Archive): Promise<boolean> {
  if ((await archive.numbers()).length > 0) return false;
  const shared = tables.filter(({ ofNumbers }) => !ofNumbers);
  return (await Promise.all(shared.map((table) => archive.count(table, null)))).every((count) => count === 0);
}

interface Part {
  readonly table: Table;
  readonly numberId: string | null;
}

async function partsOf(archive: Archive): Promise<readonly Part[]> {
  const ids = (await archive.numbers()).map((row) => String(row[numberColumns.indexOf('id')]));
  return tables.flatMap((table): readonly Part[] =>
    table.ofNumbers ? ids.map((numberId) => ({ table, numberId })) : [{ table, numberId: null }],
  );
}

async function rowsOf(archive: Archive, parts: readonly Part[]): Promise<number> {
  let rows = 0;
  for (const { table, numberId } of parts) rows += await archive.count(table, numberId);
  return rows;
}

/** Over all rows in the order of their keys. */
async function checksum(archive: Archive, table: Table, numberId: string | null) {
  const hash = createHash('sha256');
  let rows = 0;
  for (let after: Key = null; ; ) {
    const page = await archive.read(table, numberId, after, rowsAtOnce);
    if (page.length === 0) break;
    // PostgreSQL has no character zero in texts, and keeps the one that stands for what cannot be shown.
    for (const row of page) hash.update(`${JSON.stringify(row).replaceAll('\\u0000', '\ufffd')}\n`);
    rows += page.length;
    after = page.at(-1)?.slice(0, keyOf(table).length) ?? null;
  }
  return { sum: hash.digest('hex'), rows };
}
