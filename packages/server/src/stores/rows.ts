import type {
  ActivityRow,
  AuditContext,
  BlockDetails,
  BlockRow,
  HourOfTraffic,
  KeptBatch,
  KeyRecord,
  NumberRecord,
  NumberState,
  ReviewItem,
  Role,
  RuleHour,
  SessionRecord,
  Source,
  StandingDetails,
  StoreState,
  UpstreamTarget,
  UserFacts,
  UserKind,
  UserName,
  UserProfile,
  WaId,
  Webhook,
  WebhookState,
  WebhookTarget,
} from '@blockhouse/engine';
import type { ListState } from './list-state.ts';

/**
 * A row as both drivers return it: the columns in the order of the statement, integers as numbers. The stores select the same columns
 * in the same order, so one function reads the rows of both.
 */
export type Row = readonly unknown[];

/** SQLite has no type of its own for what is true or false. */
function isTrue(value: unknown): boolean {
  return value === true || value === 1;
}

export function readListState([version, size, end, activityEnd, outboxEnd]: Row): ListState {
  return {
    version: version as number,
    size: size as number,
    end: end as number,
    activityEnd: activityEnd as number,
    outboxEnd: outboxEnd as number,
  };
}

export function readNumber(row: Row): NumberRecord {
  const [id, waId, displayPhoneNumber, verifiedName, wabaId, portfolioId, createdAtMs, ...targets] = row;
  const [webhook, upstream] = targets;
  return {
    id: id as string,
    waId: waId as number,
    displayPhoneNumber: displayPhoneNumber as string,
    verifiedName: verifiedName as string,
    wabaId: wabaId as string,
    portfolioId: portfolioId as string,
    createdAtMs: createdAtMs as number,
    webhook: webhook === null ? null : (JSON.parse(webhook as string) as WebhookTarget),
    upstream: upstream === null ? null : (JSON.parse(upstream as string) as UpstreamTarget),
  };
}

export function readKey([id, hash, name, role, numbers, createdAtMs, expiresAtMs]: Row): KeyRecord {
  return {
    id: id as string,
    hash: hash as string,
    name: name as string,
    role: role as Role,
    numbers: numbers === '*' ? '*' : (JSON.parse(numbers as string) as string[]),
    createdAtMs: createdAtMs as number,
    expiresAtMs: expiresAtMs as number | null,
  };
}

export function readSession([tokenHash, keyHash, person, numberId, expiresAtMs]: Row): SessionRecord {
  return {
    tokenHash: tokenHash as string,
    keyHash: keyHash as string,
    person: person as string | null,
    numberId: numberId as string | null,
    expiresAtMs: expiresAtMs as number,
  };
}

/** A profile from its columns: kind, name, username, phone_hidden. */
export function readProfile([kind, name, username, phoneHidden]: Row): UserProfile {
  return {
    kind: kind as UserKind,
    name: name as string | null,
    username: username as string | null,
    phoneHidden: isTrue(phoneHidden),
  };
}

/** An audit context from its columns: key_id, person, source, note. */
function causeOf([keyId, person, source, note]: Row): AuditContext {
  return {
    keyId: keyId as string,
    person: person as string | null,
    source: source as Source,
    note: note as string | null,
  };
}

/** A user and their facts. Columns of a table that has no row of the user are null. */
export function readUserFacts(row: Row): readonly [WaId, UserFacts] {
  const [waId, keyId, untilMs, through, sinceMs, ...others] = row;
  const [placedAtMs, byKey, person, source, note, standingUntilMs, ...rest] = others;
  const [lastInboundMs, ticks, name, dropped, lastOutboundMs, knownFromMs, isNumber, ...profile] = rest;
  const blocked = keyId !== null;
  return [
    waId as number,
    {
      profile: profile[0] === null ? null : readProfile(profile),
      isNumber: isTrue(isNumber),
      blocked,
      block: blocked
        ? {
            keyId: keyId as string,
            source: through as Source,
            sinceMs: sinceMs as number,
            untilMs: untilMs as number | null,
          }
        : null,
      standing:
        placedAtMs === null
          ? null
          : {
              cause: causeOf([byKey, person, source, note]),
              placedAtMs: placedAtMs as number,
              untilMs: standingUntilMs as number | null,
            },
      name: name as string | null,
      dropped: (dropped ?? 0) as number,
      lastInboundMs: lastInboundMs as number | null,
      lastOutboundMs: lastOutboundMs as number | null,
      knownFromMs: knownFromMs as number | null,
      ticks: (ticks ?? 0) as UserFacts['ticks'],
    },
  ];
}

/** A row of a page of the blocklist. */
export function readBlockRow([waId, position, phoneHidden]: Row): BlockRow {
  return { waId: waId as number, position: position as number, phoneHidden: isTrue(phoneHidden) };
}

export function readActivity([atMs, entry, operation, waId, input, outcome, ...cause]: Row): ActivityRow {
  return {
    atMs: atMs as number,
    entry: entry as number,
    operation: operation as ActivityRow['operation'],
    waId: waId as number | null,
    input: input as string,
    outcome: outcome as string,
    ...causeOf(cause),
  };
}

export function readBlockDetails(row: Row): BlockDetails {
  const [waId, position, phoneHidden, name, blockedAtMs, keyId, person, source, note, ...rest] = row;
  const [untilMs, dropped, lastDroppedMs, place] = rest;
  return {
    waId: waId as number,
    position: position as number,
    phoneHidden: isTrue(phoneHidden),
    name: name as string | null,
    blockedAtMs: blockedAtMs as number,
    cause: causeOf([keyId, person, source, note]),
    untilMs: untilMs as number | null,
    dropped: dropped as number,
    lastDroppedMs: dropped === 0 ? null : (lastDroppedMs as number | null),
    place: place as string | number,
  };
}

export function readStandingDetails(row: Row): StandingDetails {
  const [waId, phoneHidden, name, lastInboundMs, placedAtMs, keyId, person, source, note, untilMs] = row;
  return {
    waId: waId as number,
    phoneHidden: isTrue(phoneHidden),
    name: name as string | null,
    lastInboundMs: lastInboundMs as number | null,
    cause: causeOf([keyId, person, source, note]),
    placedAtMs: placedAtMs as number,
    untilMs: untilMs as number | null,
  };
}

export function readTraffic([hourMs, admitted, dropped, held]: Row): HourOfTraffic {
  return {
    hourMs: hourMs as number,
    admitted: admitted as number,
    dropped: dropped as number,
    held: held as number,
  };
}

export function readKeptBatch([atMs, id, messages, encrypted]: Row): KeptBatch {
  return { atMs: Number(atMs), id: String(id), messages: Number(messages), encrypted: String(encrypted) };
}

export function readRuleHour([hourMs, ruleId, matched, acted]: Row): RuleHour {
  return {
    hourMs: hourMs as number,
    ruleId: ruleId as string,
    matched: matched as number,
    acted: acted as number,
  };
}

export function readWebhook(numberId: string): (row: Row) => Webhook {
  return ([entry, waId, messageId, body, createdAtMs, state, attemptCount, attempts]) => ({
    numberId,
    entry: entry as number,
    waId: waId as number,
    messageId: messageId as string | null,
    body: body as string,
    createdAtMs: createdAtMs as number,
    state: state as WebhookState,
    attemptCount: attemptCount as number,
    attempts: JSON.parse(attempts as string) as Webhook['attempts'],
  });
}

/** A review from the columns of its webhook, and then the rule and the reason. */
export function readReview(numberId: string): (row: Row) => ReviewItem {
  const read = readWebhook(numberId);
  return (row) => ({
    webhook: read(row),
    ruleId: row.at(-2) as string,
    kind: row.at(-1) as ReviewItem['kind'],
  });
}

export function readUserState([waId, ...profile]: Row): StoreState['users'][number] {
  return { waId: waId as number, profile: readProfile(profile) };
}

export function readUserName([name, kind, user, sinceMs, untilMs]: Row): UserName {
  return {
    name: name as string,
    kind: kind as UserName['kind'],
    user: user as number,
    sinceMs: sinceMs as number,
    untilMs: untilMs as number | null,
  };
}

export function readBlockState(row: Row): NumberState['blocks'][number] {
  const [waId, position, blockedAtMs, keyId, person, source, note, untilMs, droppedBefore] = row;
  return {
    waId: waId as number,
    position: position as number,
    blockedAtMs: blockedAtMs as number,
    cause: causeOf([keyId, person, source, note]),
    untilMs: untilMs as number | null,
    droppedBefore: droppedBefore as number,
  };
}

export function readStandingState(row: Row): NumberState['standing'][number] {
  const [waId, placedAtMs, keyId, person, source, note, untilMs] = row;
  return {
    waId: waId as number,
    cause: causeOf([keyId, person, source, note]),
    placedAtMs: placedAtMs as number,
    untilMs: untilMs as number | null,
  };
}

export function readWindowState(row: Row): NumberState['windows'][number] {
  const [waId, lastInboundMs, dropped, lastDroppedMs, ticks, name, lastOutboundMs, knownFromMs] = row;
  return {
    waId: waId as number,
    name: name as string | null,
    lastInboundMs: lastInboundMs as number | null,
    dropped: dropped as number,
    lastDroppedMs: lastDroppedMs as number | null,
    ticks: ticks as 0 | 1 | 2,
    lastOutboundMs: lastOutboundMs as number | null,
    knownFromMs: knownFromMs as number | null,
  };
}
