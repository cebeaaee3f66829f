import type { SQLOutputValue } from 'node:sqlite';
import {
  type ActivityEntry,
  type BlockRow,
  type KeyRecord,
  type NumberRecord,
  nextVersion,
  type Role,
  type UserKind,
  type UserProfile,
} from '@blockhouse/engine';

/** What the driver hands out for a row. Statements are set to arrays, which its types do not say. */
type Row = Record<string, SQLOutputValue>;

/** The columns of a row, in the order of the statement; none when there is no row. */
export function valuesOf(row: Row | undefined): readonly SQLOutputValue[] {
  return (row ?? []) as unknown as readonly SQLOutputValue[];
}

/** Where a number's lists stand: the blocklist's version and size, and the places that the next rows take. */
export interface ListState {
  readonly version: number;
  readonly size: number;
  readonly end: number;
  readonly activityEnd: number;
}

/** The lists of a number that has just been made. */
export function newListState({ createdAtMs, waId }: NumberRecord): ListState {
  return { version: nextVersion(0, createdAtMs, waId), size: 0, end: 1, activityEnd: 1 };
}

export function readListState(row: Row): readonly [key: number, state: ListState] {
  const [key, version, size, end, activityEnd] = valuesOf(row).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return [key, { version, size, end, activityEnd }];
}

export function readNumber(row: Row): { key: number; record: NumberRecord } {
  const [key, id, waId, displayPhoneNumber, verifiedName, wabaId, portfolioId, createdAtMs] = valuesOf(row);
  return {
    key: Number(key),
    record: {
      id: String(id),
      waId: Number(waId),
      displayPhoneNumber: String(displayPhoneNumber),
      verifiedName: String(verifiedName),
      wabaId: String(wabaId),
      portfolioId: String(portfolioId),
      createdAtMs: Number(createdAtMs),
    },
  };
}

export function readKey(row: Row): KeyRecord {
  const [id, hash, name, role, numbers, createdAtMs, expiresAtMs] = valuesOf(row);
  return {
    id: String(id),
    hash: String(hash),
    name: String(name),
    role: role as Role,
    numbers: numbers === '*' ? '*' : (JSON.parse(String(numbers)) as string[]),
    createdAtMs: Number(createdAtMs),
    expiresAtMs: expiresAtMs as number | null,
  };
}

export function readProfile(row: Row): UserProfile {
  const [kind, name, username, phoneHidden] = valuesOf(row);
  return {
    kind: kind as UserKind,
    name: name as string | null,
    username: username as string | null,
    phoneHidden: phoneHidden === 1,
  };
}

export function readBlockRow(row: Row): BlockRow {
  const [waId, position, phoneHidden] = valuesOf(row);
  return { waId: Number(waId), position: Number(position), phoneHidden: phoneHidden === 1 };
}

export function readActivity(row: Row): ActivityEntry {
  const [atMs, operation, waId, input, outcome, keyId] = valuesOf(row);
  return {
    atMs: Number(atMs),
    operation: operation as ActivityEntry['operation'],
    waId: waId as number | null,
    input: String(input),
    outcome: String(outcome),
    keyId: String(keyId),
  };
}
