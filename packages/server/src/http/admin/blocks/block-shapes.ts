import type {
  AuditContext,
  AutoBlockRule,
  BlockDetails,
  KeyRecord,
  StandingBlock,
  StandingDetails,
  UserIds,
} from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import type { LiveRow } from '../../../blocklists/cloud/notes.ts';
import { shownWaId } from '../../../users/names.ts';
import { nullable, timestamp } from '../../shared/schemas.ts';
import { isoTime } from '../../shared/time.ts';

const userFields = {
  wa_id: nullable(Type.String(), { description: '`null` if the phone is hidden' }),
  user_id: nullable(Type.String(), { description: '`null` if it is not known' }),
  name: nullable(Type.String()),
};

const auditFields = {
  key: nullable(Type.Object({ id: Type.String(), name: nullable(Type.String()) }), {
    description: '`null` if the user was blocked at Meta',
  }),
  person: nullable(Type.String()),
  source: Type.Enum(['api', 'panel', 'cli', 'import', 'standing', 'rule', 'until', 'elsewhere']),
  note: nullable(Type.String()),
};

export const blockShape = Type.Object({
  ...userFields,
  blocked_at: nullable(timestamp, { description: '`null` if the user was blocked at Meta' }),
  ...auditFields,
  until: nullable(timestamp),
  dropped: Type.Integer({ description: 'Messages dropped since the block' }),
  last_dropped_at: nullable(timestamp),
});

export const standingShape = Type.Object({
  ...userFields,
  placed_at: timestamp,
  ...auditFields,
  until: nullable(timestamp),
  last_inbound_at: nullable(timestamp),
});

/** The names of keys, by their IDs. */
export type KeyNames = ReadonlyMap<string, string>;

/** @param rules auto-block rules, which block as keys do. */
export function keyNames(
  keys: readonly Pick<KeyRecord, 'id' | 'name'>[],
  rules: readonly Pick<AutoBlockRule, 'id' | 'name'>[],
): KeyNames {
  return new Map([...keys, ...rules].map(({ id, name }) => [id, name]));
}

/** The actor of a change, its origin, and the reason. */
export function renderAudit({ keyId, person, source, note }: AuditContext, names: KeyNames) {
  const key = keyId === '' ? null : { id: keyId, name: names.get(keyId) ?? null };
  return { key, person, source, note };
}

/** A row of a list of blocks. */
export function renderBlock(
  block: BlockDetails,
  userId: string | null,
  names: KeyNames,
): Static<typeof blockShape> {
  return {
    ...renderUser(block, userId),
    blocked_at: isoTime(block.blockedAtMs),
    ...renderDetails(block, names),
  };
}

/** A row of a list at Meta. Without a note, the user was blocked there, and nothing more is known. */
export function renderLiveBlock(
  { shownWaId, userId, note }: LiveRow,
  names: KeyNames,
): Static<typeof blockShape> {
  return {
    wa_id: shownWaId,
    user_id: userId,
    name: note?.name ?? null,
    blocked_at: isoTime(note?.blockedAtMs ?? null),
    ...renderDetails(note, names),
  };
}

/** The block of one user; null: the user was blocked at Meta. */
export function renderBlockOfUser(block: BlockDetails | null, names: KeyNames) {
  return { since: isoTime(block?.blockedAtMs ?? null), ...renderDetails(block, names) };
}

function renderDetails(block: BlockDetails | null, names: KeyNames) {
  if (block === null) return blockedAtMeta;
  return {
    ...renderAudit(block.cause, names),
    until: isoTime(block.untilMs),
    dropped: block.dropped,
    last_dropped_at: isoTime(block.lastDroppedMs),
  };
}

const blockedAtMeta = {
  key: null,
  person: null,
  source: 'elsewhere' as const,
  note: null,
  until: null,
  dropped: 0,
  last_dropped_at: null,
};

/** A row of a list of standing blocks. */
export function renderStandingBlock(
  block: StandingDetails,
  userId: string | null,
  names: KeyNames,
): Static<typeof standingShape> {
  return {
    ...renderUser(block, userId),
    ...renderStandingOfUser(block, names),
    last_inbound_at: isoTime(block.lastInboundMs),
  };
}

/** The standing block of one user. */
export function renderStandingOfUser({ placedAtMs, cause, untilMs }: StandingBlock, names: KeyNames) {
  return { placed_at: isoTime(placedAtMs), ...renderAudit(cause, names), until: isoTime(untilMs) };
}

function renderUser(
  { waId, phoneHidden, name }: Pick<BlockDetails, 'waId' | 'phoneHidden' | 'name'>,
  userId: string | null,
) {
  return { wa_id: shownWaId(waId, phoneHidden), user_id: userId, name };
}

/** Rows with the IDs that the number's portfolio has for their users. */
export function withUserIds<Row extends { readonly waId: number }>(
  rows: readonly Row[],
  ids: UserIds,
): readonly (readonly [Row, string | null])[] {
  const userIds = ids.issue(rows.map(({ waId }) => waId));
  return rows.map((row, index) => [row, userIds[index] ?? null] as const);
}

/** A row of an export, which names its key with one text. */
export function exportRow<Row extends { readonly key: { id: string; name: string | null } | null }>({
  key,
  ...row
}: Row): Readonly<Record<string, unknown>> {
  return { ...row, key: key === null ? null : (key.name ?? key.id) };
}
