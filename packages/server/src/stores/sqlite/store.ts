import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  type ActivityEntry,
  type BlockRow,
  type BlockRows,
  type Change,
  type Decision,
  type Facts,
  type KeyRecord,
  type NumberRecord,
  type NumbersChange,
  NumberUnknown,
  type RowRange,
  type Store,
  type UserFacts,
  type UserKind,
  type UserProfile,
  type WaId,
} from '@blockhouse/engine';
import { GroupCommit } from './group-commit.ts';
import { type OpenDatabase, openDatabase } from './open.ts';
import {
  type ListState,
  newListState,
  readActivity,
  readBlockRow,
  readKey,
  readListState,
  readNumber,
  readProfile,
  valuesOf,
} from './rows.ts';
import * as sql from './sql.ts';

/** A number with the integer that stands for it in the tables, and the state of its lists. */
interface KnownNumber {
  readonly key: number;
  readonly record: NumberRecord;
  list: ListState;
}

/** Opens the store in a file, or in memory with `:memory:`. */
export function openSqliteStore(path: string): SqliteStore {
  return new SqliteStore(openDatabase(path));
}

/**
 * The embedded store: one SQLite file, one process, one connection. Numbers and keys are few and read by every
 * request, so they are held in memory; since the file is locked to this process, nobody else can change them.
 */
export class SqliteStore implements Store {
  readonly #opened: OpenDatabase;
  readonly #commits: GroupCommit;
  readonly #statements: Statements;
  readonly #numbers = new Map<string, KnownNumber>();
  readonly #numberWaIds = new Set<WaId>();
  readonly #keys = new Map<string, KeyRecord>();

  constructor(opened: OpenDatabase) {
    this.#opened = opened;
    this.#commits = new GroupCommit(opened.db, {
      sync: opened.sync,
      afterRollback: () => this.#readAll(),
    });
    this.#statements = prepareAll(opened.db);
    this.#readAll();
  }

  async facts(numberId: string, users: readonly WaId[]): Promise<Facts> {
    return this.#facts(this.#known(numberId), users);
  }

  async change<Answer>(
    numberId: string,
    users: readonly WaId[],
    decide: (facts: Facts) => Decision<Answer>,
  ): Promise<Answer> {
    this.#known(numberId);
    return this.#commits.run(() => {
      const number = this.#known(numberId);
      const { answer, change } = decide(this.#facts(number, users));
      if (change !== null) this.#write(number, change);
      return answer;
    });
  }

  async rows(numberId: string, range: RowRange): Promise<BlockRows> {
    const { key, list } = this.#known(numberId);
    return { version: list.version, size: list.size, rows: this.#rows(key, range) };
  }

  async activity(numberId: string, count: number): Promise<ActivityEntry[]> {
    return this.#statements.latestActivity.all(this.#known(numberId).key, count).map(readActivity);
  }

  async numbers(): Promise<readonly NumberRecord[]> {
    return [...this.#numbers.values()].map(({ record }) => record);
  }

  async number(numberId: string): Promise<NumberRecord | null> {
    return this.#numbers.get(numberId)?.record ?? null;
  }

  async changeNumbers(decide: (numbers: readonly NumberRecord[]) => NumbersChange): Promise<void> {
    await this.#commits.run(() => {
      const change = decide([...this.#numbers.values()].map(({ record }) => record));
      if ('put' in change) this.#putNumber(change.put);
      else this.#removeNumber(change.remove);
    });
  }

  async keys(): Promise<readonly KeyRecord[]> {
    return [...this.#keys.values()];
  }

  async keyByHash(hash: string): Promise<KeyRecord | null> {
    return this.#keys.get(hash) ?? null;
  }

  async addKey(record: KeyRecord): Promise<void> {
    const { id, hash, name, role, numbers, createdAtMs, expiresAtMs } = record;
    const opened = numbers === '*' ? '*' : JSON.stringify(numbers);
    await this.#commits.run(() => {
      this.#statements.addKey.run(id, hash, name, role, opened, createdAtMs, expiresAtMs);
      this.#keys.set(hash, record);
    });
  }

  async removeKey(keyId: string): Promise<boolean> {
    return this.#commits.run(() => {
      const record = [...this.#keys.values()].find(({ id }) => id === keyId);
      if (record === undefined) return false;
      this.#statements.removeKey.run(keyId);
      return this.#keys.delete(record.hash);
    });
  }

  async user(waId: WaId): Promise<UserProfile | null> {
    const row = this.#statements.user.get(waId);
    return row === undefined ? null : readProfile(row);
  }

  async changeUser(waId: WaId, decide: (before: UserProfile | null) => UserProfile): Promise<void> {
    await this.#commits.run(() => {
      const row = this.#statements.user.get(waId);
      const { kind, name, username, phoneHidden } = decide(row === undefined ? null : readProfile(row));
      this.#statements.putUser.run(waId, kind, name, username, Number(phoneHidden));
    });
  }

  async setting(name: string): Promise<string | null> {
    return this.#setting(name);
  }

  async changeSetting(name: string, decide: (before: string | null) => string): Promise<string> {
    return this.#commits.run(() => {
      const value = decide(this.#setting(name));
      this.#statements.putSetting.run(name, value);
      return value;
    });
  }

  async close(): Promise<void> {
    await this.#commits.drain();
    if (this.#opened.db.isOpen) this.#opened.close();
  }

  /** Reads what is held in memory from the file: at the start, and after a rollback. */
  #readAll(): void {
    const { numbers, listStates, keys } = this.#statements;
    const lists = new Map(listStates.all().map(readListState));
    this.#numbers.clear();
    this.#numberWaIds.clear();
    for (const row of numbers.all()) {
      const { key, record } = readNumber(row);
      this.#learn({ key, record, list: lists.get(key) ?? newListState(record) });
    }
    this.#keys.clear();
    for (const row of keys.all()) {
      const key = readKey(row);
      this.#keys.set(key.hash, key);
    }
  }

  #learn(number: KnownNumber): void {
    this.#numbers.set(number.record.id, number);
    this.#numberWaIds.add(number.record.waId);
  }

  #putNumber(record: NumberRecord): void {
    const known = this.#numbers.get(record.id);
    const list = known?.list ?? newListState(record);
    const { id, waId, displayPhoneNumber, verifiedName, wabaId, portfolioId, createdAtMs } = record;
    const said = [id, waId, displayPhoneNumber, verifiedName, wabaId, portfolioId, createdAtMs];
    const { version, size, end, activityEnd } = list;
    const [key] = valuesOf(this.#statements.putNumber.get(...said, version, size, end, activityEnd));
    if (known !== undefined) this.#numberWaIds.delete(known.record.waId);
    this.#learn({ key: Number(key), record, list });
  }

  #removeNumber(numberId: string): void {
    const known = this.#known(numberId);
    for (const statement of this.#statements.removeNumber) statement.run(known.key);
    this.#numbers.delete(numberId);
    this.#numberWaIds.delete(known.record.waId);
  }

  #setting(name: string): string | null {
    const row = this.#statements.setting.get(name);
    return row === undefined ? null : String(valuesOf(row)[0]);
  }

  #known(numberId: string): KnownNumber {
    const known = this.#numbers.get(numberId);
    if (known === undefined) throw new NumberUnknown(numberId);
    return known;
  }

  #facts({ key, record, list }: KnownNumber, users: readonly WaId[]): Facts {
    const found = new Map<WaId, UserFacts>();
    for (const waId of users) {
      const [kind, blocked, lastInboundMs, ticks] = valuesOf(this.#statements.userFacts.get(key, waId));
      found.set(waId, {
        kind: kind as UserKind | null,
        isNumber: this.#numberWaIds.has(waId),
        blocked: blocked !== null,
        lastInboundMs: lastInboundMs as number | null,
        ticks: (ticks ?? 0) as UserFacts['ticks'],
      });
    }
    return { number: record, blocklist: { version: list.version, size: list.size }, users: found };
  }

  #write(number: KnownNumber, { atMs, blocklist, admitted, dropped, activity }: Change): void {
    const { key } = number;
    const { openWindow, countDropped, addBlock, removeBlock, addActivity, setListState } = this.#statements;
    for (const waId of admitted) openWindow.run(key, waId, atMs);
    for (const [waId, count] of dropped) countDropped.run(key, waId, count, atMs);
    if (blocklist === null && activity.length === 0) return;

    let { end, activityEnd } = number.list;
    if (blocklist !== null) {
      for (const waId of blocklist.added) addBlock.run(key, end++, waId, atMs, blocklist.keyId);
      for (const waId of blocklist.removed) removeBlock.run(key, waId);
    }
    for (const entry of activity) {
      const { operation, waId, input, outcome, keyId } = entry;
      addActivity.run(key, activityEnd++, entry.atMs, operation, waId, input, outcome, keyId);
    }
    const { version, size } = blocklist ?? number.list;
    setListState.run(version, size, end, activityEnd, key);
    number.list = { version, size, end, activityEnd };
  }

  #rows(key: number, { start, count, seek }: RowRange): BlockRow[] {
    const { rowsAfter, rowsBefore, rowsFrom } = this.#statements;
    if (count === 0) return [];
    if (start === 0) return rowsAfter.all(key, 0, count).map(readBlockRow);
    if (seek === null) return rowsFrom.all(key, count, start).map(readBlockRow);
    if ('after' in seek) return rowsAfter.all(key, seek.after, count).map(readBlockRow);
    return rowsBefore.all(key, seek.before, count).map(readBlockRow).reverse();
  }
}

type Statements = ReturnType<typeof prepareAll>;

function prepareAll(db: DatabaseSync) {
  const prepare = (text: string): StatementSync => {
    const statement = db.prepare(text);
    statement.setReturnArrays(true);
    return statement;
  };
  return {
    listStates: prepare(sql.listStates),
    setListState: prepare(sql.setListState),
    userFacts: prepare(sql.userFacts),
    openWindow: prepare(sql.openWindow),
    countDropped: prepare(sql.countDropped),
    addBlock: prepare(sql.addBlock),
    removeBlock: prepare(sql.removeBlock),
    rowsAfter: prepare(sql.rowsAfter),
    rowsBefore: prepare(sql.rowsBefore),
    rowsFrom: prepare(sql.rowsFrom),
    addActivity: prepare(sql.addActivity),
    latestActivity: prepare(sql.latestActivity),
    numbers: prepare(sql.numbers),
    putNumber: prepare(sql.putNumber),
    removeNumber: sql.removeNumber.map(prepare),
    keys: prepare(sql.keys),
    addKey: prepare(sql.addKey),
    removeKey: prepare(sql.removeKey),
    user: prepare(sql.user),
    putUser: prepare(sql.putUser),
    setting: prepare(sql.setting),
    putSetting: prepare(sql.putSetting),
  };
}
