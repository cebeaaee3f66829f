import {
  type Archive,
  type Key,
  keyOf,
  numberColumns,
  type Table,
  unfinishedSetting,
  type Value,
} from '../archive.ts';
import type { Row } from '../rows.ts';
import type { Connections } from './connections.ts';
import { openDatabase } from './open.ts';
import { forMaintenance, type PostgresOptions } from './options.ts';
import { withRetry } from './retry.ts';

/** Opens a database as rows. @throws StoreUnusable */
export async function openPostgresArchive(options: PostgresOptions): Promise<Archive> {
  const all = forMaintenance(options);
  return new PostgresArchive(await openDatabase(all), all.deadlineMs);
}

/** Columns whose type is not `bigint`. */
const types: Readonly<Record<string, string>> = {
  directory: 'text',
  name: 'text',
  value: 'text',
  token_hash: 'text',
  key_hash: 'text',
  number_id: 'text',
  record: 'text',
  results: 'text',
  callback_data: 'text',
  id: 'text',
  hash: 'text',
  role: 'text',
  numbers: 'text',
  kind: 'text',
  username: 'text',
  key_id: 'text',
  person: 'text',
  source: 'text',
  note: 'text',
  operation: 'text',
  input: 'text',
  outcome: 'text',
  message_id: 'text',
  body: 'text',
  state: 'text',
  attempts: 'text',
};

type Rows = readonly (readonly Value[])[];

/** Everything here may be repeated: what is written a second time is there already. */
class PostgresArchive implements Archive {
  readonly #connections: Connections;
  readonly #deadlineMs: number;

  constructor(connections: Connections, deadlineMs: number) {
    this.#connections = connections;
    this.#deadlineMs = deadlineMs;
  }

  async numbers(): Promise<Rows> {
    const ids = await this.#all('select phone_number_id from numbers order by made');
    const rows = await Promise.all(
      ids.map(([id]) =>
        this.#all(
          `select n.made, n.phone_number_id, n.wa_id, n.display_phone_number, n.verified_name, n.waba_id, n.portfolio_id,
                  n.created_at_ms, n.webhook, n.upstream, l.version, l.size, l.list_end, l.activity_end, l.outbox_end
             from numbers n join lists l on l.phone_number_id = $1 where n.phone_number_id = $1`,
          [id ?? null],
        ),
      ),
    );
    return rows.flat();
  }

  async numbersMade(): Promise<number> {
    const [row] = await this.#all("select value from counters where name = 'numbers'");
    return Number(row?.[0] ?? 0);
  }

  async putNumber(row: readonly Value[]): Promise<void> {
    const of = (column: (typeof numberColumns)[number]) => row[numberColumns.indexOf(column)] ?? null;
    await this.#patiently(() =>
      this.#connections.transaction(async (ask) => {
        await ask(
          `insert into numbers (made, phone_number_id, wa_id, display_phone_number, verified_name, waba_id, portfolio_id,
                              created_at_ms, webhook, upstream)
         overriding system value values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
          row.slice(0, numberColumns.indexOf('version')),
        );
        await ask(
          `insert into lists (phone_number_id, version, size, list_end, activity_end, outbox_end)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
          [of('id'), of('version'), of('size'), of('list_end'), of('activity_end'), of('outbox_end')],
        );
      }),
    );
  }

  async setNumbersMade(made: number): Promise<void> {
    await this.#all("update counters set value = greatest(value, $1) where name = 'numbers'", [made]);
  }

  async count(table: Table, numberId: string | null): Promise<number> {
    const { where, given } = scopeOf(table, numberId);
    const [row] = await this.#all(`select count(*) from ${table.name} where ${where}`, given);
    return Number(row?.[0]);
  }

  async read(table: Table, numberId: string | null, after: Key, count: number): Promise<Rows> {
    const { where, given } = scopeOf(table, numberId);
    const key = orderOf(table).join(', ');
    const columns = table.columns.map((column) => (column === 'phone_hidden' ? 'phone_hidden::int' : column));
    const next = given.length + 1;
    const marks = after?.map((_, index) => `$${next + 1 + index}`).join(', ');
    const behind = marks === undefined ? '' : `and (${key}) > (${marks})`;
    return await this.#all(
      `select ${columns.join(', ')} from ${table.name} where ${where} ${behind} order by ${key} limit $${next}`,
      [...given, count, ...(after ?? [])],
    );
  }

  async last(table: Table, numberId: string | null): Promise<Key> {
    const { where, given } = scopeOf(table, numberId);
    const backwards = orderOf(table).map((column) => `${column} desc`);
    const [row] = await this.#all(
      `select ${keyOf(table).join(', ')} from ${table.name} where ${where} order by ${backwards.join(', ')} limit 1`,
      given,
    );
    return row ?? null;
  }

  async write(table: Table, numberId: string | null, rows: Rows): Promise<void> {
    const own = numberId === null ? [] : [numberId];
    const columns = [...(numberId === null ? [] : ['phone_number_id']), ...table.columns];
    const arrays = table.columns.map((column, index) => `$${own.length + index + 1}::${typeOf(column)}[]`);
    await this.#all(
      `insert into ${table.name} (${columns.join(', ')})
       select ${own.length > 0 ? '$1, ' : ''}* from unnest(${arrays.join(', ')}) on conflict do nothing`,
      [
        ...own,
        ...table.columns.map((column, index) => rows.map((row) => storedAs(column, row[index] ?? null))),
      ],
    );
  }

  async isUnfinished(): Promise<boolean> {
    return (await this.#all('select 1 from settings where name = $1', [unfinishedSetting])).length > 0;
  }

  async setUnfinished(unfinished: boolean): Promise<void> {
    await this.#all(
      unfinished
        ? "insert into settings (name, value) values ($1, 'yes') on conflict do nothing"
        : 'delete from settings where name = $1',
      [unfinishedSetting],
    );
  }

  close(): Promise<void> {
    return this.#connections.close();
  }

  async #all(text: string, given: readonly unknown[] = []): Promise<Rows> {
    return (await this.#patiently(() => this.#connections.read(text, given))) as readonly Row[] as Rows;
  }

  #patiently<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    return withRetry(work, { deadlineMs: this.#deadlineMs, settlesUnknown: true });
  }
}

/** Which rows of a table are meant. */
function scopeOf({ name }: Table, numberId: string | null): { where: string; given: readonly Value[] } {
  if (numberId !== null) return { where: 'phone_number_id = $1', given: [numberId] };
  return { where: name === 'settings' ? `name <> '${unfinishedSetting}'` : 'true', given: [] };
}

/** Texts in the order of their bytes, as everywhere, whatever the database's language. */
function orderOf(table: Table): readonly string[] {
  return keyOf(table).map((column) => (typeOf(column) === 'text' ? `${column} collate "C"` : column));
}

function typeOf(column: string): string {
  if (column === 'phone_hidden') return 'boolean';
  return types[column] ?? 'bigint';
}

function storedAs(column: string, value: Value): unknown {
  if (column === 'phone_hidden') return value === 1;
  return typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value;
}
