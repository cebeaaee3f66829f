import type { AuditContext, BlockDetails, KeyRecord, StandingDetails, UserIds } from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import type { LiveRow } from '../../blocklists/cloud/cloud.ts';
import { shownWaId } from '../../users/directory.ts';
import { timeOut } from '../shared/time.ts';

const time = Type.String({ format: 'date-time' });
const orNull = <Shape extends Parameters<typeof Type.Union>[0][number]>(shape: Shape) =>
  Type.Union([shape, Type.Null()]);

/** A user as lists of ours show them. */
const userFields = {
  wa_id: Type.Union([Type.String(), Type.Null()], { description: 'null when the phone is hidden' }),
  user_id: Type.Union([Type.String(), Type.Null()], { description: 'null when nobody has told it' }),
  name: orNull(Type.String()),
};

/** Who caused a block, through what, and why. */
const causeFields = {
  key: Type.Union([Type.Object({ id: Type.String(), name: orNull(Type.String()) }), Type.Null()], {
    description: 'null when it was done elsewhere, at Meta',
  }),
  person: orNull(Type.String()),
  source: Type.Enum(['api', 'panel', 'cli', 'import', 'standing', 'until', 'elsewhere']),
  note: orNull(Type.String()),
};

export const blockShape = Type.Object({
  ...userFields,
  blocked_at: Type.Union([time, Type.Null()], { description: 'null when the user was blocked elsewhere' }),
  ...causeFields,
  until: orNull(time),
  dropped: Type.Integer({ description: 'Messages dropped since the block' }),
  last_dropped_at: orNull(time),
});

export const standingShape = Type.Object({
  ...userFields,
  placed_at: time,
  ...causeFields,
  until: orNull(time),
  last_inbound_at: orNull(time),
});

/** What keys are called, for showing who did something. */
export type KeyNames = ReadonlyMap<string, string>;

export function keyNames(keys: readonly KeyRecord[]): KeyNames {
  return new Map(keys.map(({ id, name }) => [id, name]));
}

export function auditOut({ keyId, person, source, note }: AuditContext, names: KeyNames) {
  const key = keyId === '' ? null : { id: keyId, name: names.get(keyId) ?? null };
  return { key, person, source, note };
}

export function blockOut(
  row: BlockDetails,
  userId: string | null,
  names: KeyNames,
): Static<typeof blockShape> {
  return {
    wa_id: shownWaId(row.waId, row.phoneHidden),
    user_id: userId,
    name: row.name,
    blocked_at: timeOut(row.blockedAtMs),
    ...auditOut(row.cause, names),
    until: timeOut(row.untilMs),
    dropped: row.dropped,
    last_dropped_at: timeOut(row.lastDroppedMs),
  };
}

export function standingOut(
  row: StandingDetails,
  userId: string | null,
  names: KeyNames,
): Static<typeof standingShape> {
  return {
    wa_id: shownWaId(row.waId, row.phoneHidden),
    user_id: userId,
    name: row.name,
    placed_at: timeOut(row.placedAtMs),
    ...auditOut(row.cause, names),
    until: timeOut(row.untilMs),
    last_inbound_at: timeOut(row.lastInboundMs),
  };
}

/** A row of a live list: somebody who was blocked elsewhere has neither time nor reason. */
export function liveOut(row: LiveRow, names: KeyNames): Static<typeof blockShape> {
  const user = { wa_id: row.shownWaId, user_id: row.userId };
  if (row.note !== null) return { ...blockOut(row.note, row.userId, names), ...user };
  return {
    ...user,
    name: null,
    blocked_at: null,
    key: null,
    person: null,
    source: 'elsewhere',
    note: null,
    until: null,
    dropped: 0,
    last_dropped_at: null,
  };
}

/** Rows with the IDs that the number's portfolio has for their users. */
export function withUserIds<Row extends { readonly waId: number }>(
  rows: readonly Row[],
  ids: UserIds,
): readonly (readonly [Row, string | null])[] {
  const userIds = ids.issue(rows.map(({ waId }) => waId));
  return rows.map((row, index) => [row, userIds[index] ?? null] as const);
}
