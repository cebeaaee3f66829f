import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import {
  type Archive,
  type Key,
  keyOf,
  numberColumns,
  type Table,
  unfinishedSetting,
  type Value,
} from '../archive.ts';
import { type OpenDatabase, openDatabase } from './open.ts';

/** Opens a file as rows, alone. @throws StoreUnusable */
export function openSqliteArchive(path: string): Archive {
  return new SqliteArchive(openDatabase(path));
}

/** The names of a number's columns in this store; the lists are in the number's own row. */
const ownNames: Readonly<Record<string, string>> = {
  made: 'number_key',
  version: 'list_version',
  size: 'list_size',
};

const columnsOfNumbers = numberColumns.map((column) => ownNames[column] ?? column).join(', ');

type Rows = readonly (readonly Value[])[];

class SqliteArchive implements Archive {
  readonly #opened: OpenDatabase;
  readonly #db: DatabaseSync;

  constructor(opened: OpenDatabase) {
    this.#opened = opened;
    this.#db = opened.db;
  }

  async numbers(): Promise<Rows> {
    return this.#all(`select ${columnsOfNumbers} from numbers order by number_key`);
  }

  async numbersMade(): Promise<number> {
    const [row] = this.#all("select seq from sqlite_sequence where name = 'numbers'");
    return Number(row?.[0] ?? 0);
  }

  async putNumber(row: readonly Value[]): Promise<void> {
    const marks = row.map(() => '?').join(', ');
    this.#run(`insert into numbers (${columnsOfNumbers}) values (${marks}) on conflict do nothing`, row);
  }

  async setNumbersMade(made: number): Promise<void> {
    this.#run("update sqlite_sequence set seq = max(seq, ?) where name = 'numbers'", [made]);
    await this.#opened.sync();
  }

  async count(table: Table, numberId: string | null): Promise<number> {
    const { where, given } = this.#of(table, numberId);
    const [row] = this.#all(`select count(*) from ${table.name} where ${where}`, given);
    return Number(row?.[0] ?? 0);
  }

  async read(table: Table, numberId: string | null, after: Key, count: number): Promise<Rows> {
    const { where, given } = this.#of(table, numberId);
    const key = keyOf(table).join(', ');
    const behind = after === null ? '' : `and (${key}) > (${after.map(() => '?').join(', ')})`;
    return this.#all(
      `select ${table.columns.join(', ')} from ${table.name} where ${where} ${behind} order by ${key} limit ?`,
      [...given, ...(after ?? []), count],
    );
  }

  async last(table: Table, numberId: string | null): Promise<Key> {
    const { where, given } = this.#of(table, numberId);
    const key = keyOf(table);
    const backwards = key.map((column) => `${column} desc`).join(', ');
    const [row] = this.#all(
      `select ${key.join(', ')} from ${table.name} where ${where} order by ${backwards} limit 1`,
      given,
    );
    return row ?? null;
  }

  async write(table: Table, numberId: string | null, rows: Rows): Promise<void> {
    const own = numberId === null ? [] : [this.#numberKey(numberId)];
    const columns = [...(numberId === null ? [] : ['number_key']), ...table.columns];
    const marks = columns.map(() => '?').join(', ');
    const insert = this.#db.prepare(
      `insert into ${table.name} (${columns.join(', ')}) values (${marks}) on conflict do nothing`,
    );
    this.#db.exec('begin immediate');
    for (const row of rows) insert.run(...own, ...row);
    this.#db.exec('commit');
    await this.#opened.sync();
  }

  async isUnfinished(): Promise<boolean> {
    return this.#all('select 1 from settings where name = ?', [unfinishedSetting]).length > 0;
  }

  async setUnfinished(unfinished: boolean): Promise<void> {
    this.#run('delete from settings where name = ?', [unfinishedSetting]);
    if (unfinished) this.#run('insert into settings (name, value) values (?, ?)', [unfinishedSetting, 'yes']);
    await this.#opened.sync();
  }

  async close(): Promise<void> {
    this.#opened.close();
  }

  /** Which rows of a table are meant. */
  #of(table: Table, numberId: string | null): { where: string; given: readonly Value[] } {
    if (numberId !== null) return { where: 'number_key = ?', given: [this.#numberKey(numberId)] };
    return { where: table.name === 'settings' ? `name <> '${unfinishedSetting}'` : 'true', given: [] };
  }

  #numberKey(numberId: string): number {
    const [row] = this.#all('select number_key from numbers where id = ?', [numberId]);
    if (row === undefined) throw new Error(`number ${numberId} is not in the store`);
    return Number(row[0]);
  }

  #all(text: string, given: readonly SQLInputValue[] = []): Rows {
    const statement = this.#db.prepare(text);
    statement.setReturnArrays(true);
    // Statements are set to arrays, which the types do not say.
    return statement.all(...given) as unknown as Rows;
  }

  #run(text: string, given: readonly SQLInputValue[]): void {
    this.#db.prepare(text).run(...given);
  }
}
