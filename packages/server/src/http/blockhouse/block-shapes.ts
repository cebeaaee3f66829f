import type { BlockDetails, Cause, KeyRecord, StandingDetails, UserIds } from '@blockhouse/engine';
import { type Static, Type } from 'typebox';

const time = Type.String({ format: 'date-time' });
const orNull = <Shape extends Parameters<typeof Type.Union>[0][number]>(shape: Shape) =>
  Type.Union([shape, Type.Null()]);

/** A user as lists of ours show them. */
const userFields = {
  wa_id: Type.Union([Type.String(), Type.Null()], { description: 'null when the phone is hidden' }),
  user_id: Type.String(),
  name: orNull(Type.String()),
};

/** Who caused a block, through what, and why. */
const causeFields = {
  key: Type.Object({ id: Type.String(), name: orNull(Type.String()) }),
  person: orNull(Type.String()),
  source: Type.Enum(['api', 'panel', 'cli', 'import', 'standing', 'until']),
  note: orNull(Type.String()),
};

export const blockShape = Type.Object({
  ...userFields,
  blocked_at: time,
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

export function causeOut({ keyId, person, source, note }: Cause, names: KeyNames) {
  return { key: { id: keyId, name: names.get(keyId) ?? null }, person, source, note };
}

export function timeOut(ms: number): string;
export function timeOut(ms: number | null): string | null;
export function timeOut(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

export function blockOut(row: BlockDetails, userId: string, names: KeyNames): Static<typeof blockShape> {
  return {
    wa_id: row.phoneHidden ? null : String(row.waId),
    user_id: userId,
    name: row.name,
    blocked_at: timeOut(row.blockedAtMs),
    ...causeOut(row.cause, names),
    until: timeOut(row.untilMs),
    dropped: row.dropped,
    last_dropped_at: timeOut(row.lastDroppedMs),
  };
}

export function standingOut(
  row: StandingDetails,
  userId: string,
  names: KeyNames,
): Static<typeof standingShape> {
  return {
    wa_id: row.phoneHidden ? null : String(row.waId),
    user_id: userId,
    name: row.name,
    placed_at: timeOut(row.placedAtMs),
    ...causeOut(row.cause, names),
    until: timeOut(row.untilMs),
    last_inbound_at: timeOut(row.lastInboundMs),
  };
}

/** Rows with the IDs that the number's portfolio has for their users. */
export function withUserIds<Row extends { readonly waId: number }>(
  rows: readonly Row[],
  ids: UserIds,
): readonly (readonly [Row, string])[] {
  const userIds = ids.issue(rows.map(({ waId }) => waId));
  return rows.map((row, index) => [row, userIds[index] ?? ''] as const);
}
