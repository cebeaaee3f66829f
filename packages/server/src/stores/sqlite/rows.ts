import type { SQLOutputValue } from 'node:sqlite';
import {
  type ActivityEntry,
  type BlockRow,
  type KeyRecord,
  type NumberRecord,
  type NumberState,
  nextVersion,
  type Role,
  type StoreState,
  type UserKind,
  type UserProfile,
  type Webhook,
  type WebhookState,
  type WebhookTarget,
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
  readonly outboxEnd: number;
}

/** The lists of a number that has just been made. */
export function newListState({ createdAtMs, waId }: NumberRecord): ListState {
  return { version: nextVersion(0, createdAtMs, waId), size: 0, end: 1, activityEnd: 1, outboxEnd: 1 };
}

export function readListState(row: Row): readonly [key: number, state: ListState] {
  const [key = 0, version = 0, size = 0, end = 0, activityEnd = 0, outboxEnd = 0] = valuesOf(row).map(Number);
  return [key, { version, size, end, activityEnd, outboxEnd }];
}

export function readNumber(row: Row): { key: number; record: NumberRecord } {
  const [key, id, waId, displayPhoneNumber, verifiedName, wabaId, portfolioId, createdAtMs, webhook] =
    valuesOf(row);
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
      webhook: webhook === null ? null : (JSON.parse(String(webhook)) as WebhookTarget),
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
  return profileOf(valuesOf(row));
}

/** A profile from its columns: kind, name, username, phone_hidden. */
export function profileOf([kind, name, username, phoneHidden]: readonly SQLOutputValue[]): UserProfile {
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

export function readWebhook(numberId: string): (row: Row) => Webhook {
  return (row) => {
    const [entry, waId, messageId, body, createdAtMs, state, attemptCount, attempts] = valuesOf(row);
    return {
      numberId,
      entry: Number(entry),
      waId: Number(waId),
      messageId: messageId as string | null,
      body: String(body),
      createdAtMs: Number(createdAtMs),
      state: state as WebhookState,
      attemptCount: Number(attemptCount),
      attempts: JSON.parse(String(attempts)) as Webhook['attempts'],
    };
  };
}

export function readUserState(row: Row): StoreState['users'][number] {
  const [waId, ...profile] = valuesOf(row);
  return { waId: Number(waId), profile: profileOf(profile) };
}

export function readBlockState(row: Row): NumberState['blocks'][number] {
  const [waId, position, blockedAtMs, keyId] = valuesOf(row);
  return {
    waId: Number(waId),
    position: Number(position),
    blockedAtMs: Number(blockedAtMs),
    keyId: String(keyId),
  };
}

export function readWindowState(row: Row): NumberState['windows'][number] {
  const [waId, lastInboundMs, dropped, lastDroppedMs, ticks] = valuesOf(row);
  return {
    waId: Number(waId),
    lastInboundMs: lastInboundMs as number | null,
    dropped: Number(dropped),
    lastDroppedMs: lastDroppedMs as number | null,
    ticks: ticks === 1 ? 1 : 2,
  };
}
