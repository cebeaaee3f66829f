import { firstEntry, type KeyRecord, type NumberRecord, NumberUnknown, type WaId } from '@blockhouse/engine';
import { type ListState, newListState } from '../list-state.ts';
import { readKey, readListState, readNumber } from '../rows.ts';
import type { Statements } from './statements.ts';
import { writeList } from './write-batch.ts';

/** A number with the integer that stands for it in the tables, and the state of its lists. */
export interface KnownNumber {
  readonly key: number;
  readonly record: NumberRecord;
  list: ListState;
}

/**
 * The numbers and keys of the store, in memory: they are few, and every request reads them. The file is locked to this
 * process, so nobody else can change them. Methods that write belong into a transaction; after a rollback,
 * {@link readAll} restores what the tables say.
 */
export class Registry {
  readonly #statements: Statements;
  readonly #numbers = new Map<string, KnownNumber>();
  readonly #numberWaIds = new Set<WaId>();
  readonly #keys = new Map<string, KeyRecord>();
  #version = 0;

  constructor(statements: Statements) {
    this.#statements = statements;
    this.readAll();
  }

  /** Moves with every change of a number or a key. */
  get version(): number {
    return this.#version;
  }

  readAll(): void {
    const { numbers, listStates, keys } = this.#statements;
    const lists = new Map(listStates.all().map(([key, ...state]) => [Number(key), readListState(state)]));
    this.#numbers.clear();
    this.#numberWaIds.clear();
    for (const row of numbers.all()) {
      const [key, ...columns] = row;
      const record = readNumber(columns);
      this.#hold({ key: Number(key), record, list: lists.get(Number(key)) ?? newListState(record) });
    }
    this.#version++;
    this.#keys.clear();
    for (const row of keys.all()) {
      const key = readKey(row);
      this.#keys.set(key.hash, key);
    }
  }

  /** All numbers, in the order in which they were added. */
  numbers(): KnownNumber[] {
    return [...this.#numbers.values()];
  }

  /** The numbers whose blocklists this store enforces. */
  localNumbers(): KnownNumber[] {
    return this.numbers().filter(({ record }) => record.upstream === null);
  }

  find(numberId: string): KnownNumber | null {
    return this.#numbers.get(numberId) ?? null;
  }

  /** @throws NumberUnknown */
  get(numberId: string): KnownNumber {
    const number = this.#numbers.get(numberId);
    if (number === undefined) throw new NumberUnknown(numberId);
    return number;
  }

  /** Whether a user is one of the numbers. */
  isNumber(waId: WaId): boolean {
    return this.#numberWaIds.has(waId);
  }

  putNumber(record: NumberRecord): KnownNumber {
    const known = this.#numbers.get(record.id);
    const list = known?.list ?? newListState(record);
    const { id, waId, displayPhoneNumber, verifiedName, wabaId, portfolioId, createdAtMs } = record;
    const webhook = record.webhook === null ? null : JSON.stringify(record.webhook);
    const upstream = record.upstream === null ? null : JSON.stringify(record.upstream);
    const columns = [id, waId, displayPhoneNumber, verifiedName, wabaId, portfolioId, createdAtMs];
    const { version, size, end, activityEnd, outboxEnd } = list;
    const listColumns = [version, size, end, activityEnd, outboxEnd];
    const [key] = this.#statements.putNumber.get(...columns, webhook, upstream, ...listColumns) ?? [];
    if (known !== undefined) this.#numberWaIds.delete(known.record.waId);
    const number = { key: Number(key), record, list };
    this.#hold(number);
    if (known === undefined) this.setList(number, { ...list, outboxEnd: firstEntry(number.key) });
    return number;
  }

  /** Removes a number. Its rows are removed later, since there may be millions. */
  removeNumber(numberId: string): void {
    const { key, record } = this.get(numberId);
    this.#statements.noteRemovedNumber.run(key);
    this.#statements.removeNumber.run(key);
    this.#version++;
    this.#numbers.delete(numberId);
    this.#numberWaIds.delete(record.waId);
  }

  setList(number: KnownNumber, list: ListState): void {
    writeList(this.#statements, number.key, list);
    number.list = list;
  }

  keys(): KeyRecord[] {
    return [...this.#keys.values()];
  }

  keyByHash(hash: string): KeyRecord | null {
    return this.#keys.get(hash) ?? null;
  }

  addKey(record: KeyRecord): void {
    const { id, hash, name, role, numbers, createdAtMs, expiresAtMs } = record;
    const numberList = numbers === '*' ? '*' : JSON.stringify(numbers);
    this.#statements.addKey.run(id, hash, name, role, numberList, createdAtMs, expiresAtMs);
    this.#keys.set(hash, record);
    this.#version++;
  }

  /** Answers whether it was there. */
  removeKey(keyId: string): boolean {
    const record = this.keys().find(({ id }) => id === keyId);
    if (record === undefined) return false;
    this.#statements.removeKey.run(keyId);
    this.#version++;
    return this.#keys.delete(record.hash);
  }

  #hold(number: KnownNumber): void {
    this.#version++;
    this.#numbers.set(number.record.id, number);
    this.#numberWaIds.add(number.record.waId);
  }
}
