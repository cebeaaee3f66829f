import type { SQLOutputValue } from 'node:sqlite';
import type {
  ActivityRow,
  AuditContext,
  BlockDetails,
  BlockRow,
  HourOfTraffic,
  KeyRecord,
  NumberRecord,
  NumberState,
  Operation,
  Role,
  Source,
  StandingDetails,
  StoreState,
  UpstreamTarget,
  UserFacts,
  UserKind,
  UserName,
  UserProfile,
  Webhook,
  WebhookState,
  WebhookTarget,
} from '@blockhouse/engine';
import type { ListState } from '../list-state.ts';

/** What the driver hands out for a row. Statements are set to arrays, which its types do not say. */
type Row = Record<string, SQLOutputValue>;

/** The columns of a row, in the order of the statement; none when there is no row. */
export function valuesOf(row: Row | undefined): readonly SQLOutputValue[] {
  return (row ?? []) as unknown as readonly SQLOutputValue[];
}

export function readListState(row: Row): readonly [key: number, state: ListState] {
  const [key = 0, version = 0, size = 0, end = 0, activityEnd = 0, outboxEnd = 0] = valuesOf(row).map(Number);
  return [key, { version, size, end, activityEnd, outboxEnd }];
}

export function readNumber(row: Row): { key: number; record: NumberRecord } {
  const [key, id, waId, displayPhoneNumber, verifiedName, wabaId, portfolioId, createdAtMs, ...targets] =
    valuesOf(row);
  const [webhook = null, upstream = null] = targets;
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
      upstream: upstream === null ? null : (JSON.parse(String(upstream)) as UpstreamTarget),
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

/** One user's facts; no columns of a table without a row for them are null. */
export function readUserFacts(row: Row | undefined, isNumber: boolean): UserFacts {
  const [keyId, untilMs, through, sinceMs, ...others] = valuesOf(row);
  const [placedAtMs, byKey, person, source, note, standingUntilMs, ...rest] = others;
  const [lastInboundMs, ticks, name, dropped, ...profile] = rest;
  const blocked = keyId !== null;
  return {
    profile: profile[0] === null ? null : profileOf(profile),
    isNumber,
    blocked,
    block: blocked
      ? {
          keyId: String(keyId),
          source: through as Source,
          sinceMs: Number(sinceMs),
          untilMs: untilMs as number | null,
        }
      : null,
    standing:
      placedAtMs === null
        ? null
        : {
            cause: causeOf([byKey, person, source, note]),
            placedAtMs: Number(placedAtMs),
            untilMs: standingUntilMs as number | null,
          },
    name: name as string | null,
    dropped: Number(dropped ?? 0),
    lastInboundMs: lastInboundMs as number | null,
    ticks: (ticks ?? 0) as UserFacts['ticks'],
  };
}

/** A cause from its columns: key_id, person, source, note. */
function causeOf([keyId, person, source, note]: readonly (SQLOutputValue | undefined)[]): AuditContext {
  return {
    keyId: String(keyId),
    person: person as string | null,
    source: source as Source,
    note: note as string | null,
  };
}

export function readActivity(row: Row): ActivityRow {
  const [atMs, entry, operation, waId, input, outcome, ...cause] = valuesOf(row);
  return {
    atMs: Number(atMs),
    entry: Number(entry),
    operation: operation as Operation,
    waId: waId as number | null,
    input: String(input),
    outcome: String(outcome),
    ...causeOf(cause),
  };
}

export function readBlockDetails(row: Row): BlockDetails {
  const [waId, position, phoneHidden, name, blockedAtMs, keyId, person, source, note, ...rest] =
    valuesOf(row);
  const [untilMs, dropped, lastDroppedMs, place] = rest;
  return {
    waId: Number(waId),
    position: Number(position),
    phoneHidden: phoneHidden === 1,
    name: name as string | null,
    blockedAtMs: Number(blockedAtMs),
    cause: causeOf([keyId, person, source, note]),
    untilMs: untilMs as number | null,
    dropped: Number(dropped),
    lastDroppedMs: dropped === 0 ? null : (lastDroppedMs as number | null),
    place: place as string | number,
  };
}

export function readStandingDetails(row: Row): StandingDetails {
  const [waId, phoneHidden, name, lastInboundMs, placedAtMs, keyId, person, source, note, untilMs] =
    valuesOf(row);
  return {
    waId: Number(waId),
    phoneHidden: phoneHidden === 1,
    name: name as string | null,
    lastInboundMs: lastInboundMs as number | null,
    cause: causeOf([keyId, person, source, note]),
    placedAtMs: Number(placedAtMs),
    untilMs: untilMs as number | null,
  };
}

export function readTraffic(row: Row): HourOfTraffic {
  const [hourMs = 0, admitted = 0, dropped = 0] = valuesOf(row).map(Number);
  return { hourMs, admitted, dropped };
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

export function readUserName(row: Row): UserName {
  const [name, kind, user, sinceMs, untilMs] = valuesOf(row);
  return {
    name: String(name),
    kind: kind as UserName['kind'],
    user: Number(user),
    sinceMs: Number(sinceMs),
    untilMs: untilMs as number | null,
  };
}

export function readBlockState(row: Row): NumberState['blocks'][number] {
  const [waId, position, blockedAtMs, keyId, person, source, note, untilMs, droppedBefore] = valuesOf(row);
  return {
    waId: Number(waId),
    position: Number(position),
    blockedAtMs: Number(blockedAtMs),
    cause: causeOf([keyId, person, source, note]),
    untilMs: untilMs as number | null,
    droppedBefore: Number(droppedBefore),
  };
}

export function readStandingState(row: Row): NumberState['standing'][number] {
  const [waId, placedAtMs, keyId, person, source, note, untilMs] = valuesOf(row);
  return {
    waId: Number(waId),
    cause: causeOf([keyId, person, source, note]),
    placedAtMs: Number(placedAtMs),
    untilMs: untilMs as number | null,
  };
}

export function readWindowState(row: Row): NumberState['windows'][number] {
  const [waId, lastInboundMs, dropped, lastDroppedMs, ticks, name] = valuesOf(row);
  return {
    waId: Number(waId),
    name: name as string | null,
    lastInboundMs: lastInboundMs as number | null,
    dropped: Number(dropped),
    lastDroppedMs: lastDroppedMs as number | null,
    ticks: ticks === 1 ? 1 : 2,
  };
}
