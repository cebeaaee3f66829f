import { clockMaxMs, noteLengthMax } from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import { nullable, shortText, strict } from '../../shared/schemas.ts';

/** The version of the document. A document of another version is refused. */
export const documentVersion = 1;

const timeMs = Type.Integer({ minimum: 0, maximum: clockMaxMs, description: 'Milliseconds since 1970' });
const waId = Type.String({ pattern: '^[0-9]{7,15}$' });
/** Counts and positions keep growing after an import, so they stay far below the largest safe integer. */
const count = Type.Integer({ minimum: 0, maximum: 1_000_000_000_000 });

const clockState = Type.Union([
  Type.Object({ mode: Type.Literal('real') }, strict),
  Type.Object(
    { mode: Type.Literal('offset'), offset_ms: Type.Integer({ minimum: -clockMaxMs, maximum: clockMaxMs }) },
    strict,
  ),
  Type.Object({ mode: Type.Literal('frozen'), at_ms: timeMs }, strict),
]);

const user = Type.Object(
  {
    wa_id: waId,
    kind: Type.Enum(['consumer', 'business', 'none']),
    name: nullable(shortText),
    username: nullable(shortText),
    hide_phone: Type.Boolean(),
  },
  strict,
);

/** A phone that leads to a user besides the `wa_id`. */
const userName = Type.Object(
  {
    name: waId,
    kind: Type.Enum(['wa_id', 'input']),
    wa_id: waId,
    since_ms: timeMs,
    until_ms: nullable(timeMs),
  },
  strict,
);

/** The actor of a block, and the reason. Documents of earlier versions have the key alone. */
const auditFields = {
  key_id: Type.String(),
  person: Type.Optional(nullable(shortText)),
  source: Type.Optional(Type.Enum(['api', 'panel', 'cli', 'import', 'standing', 'rule'])),
  note: Type.Optional(nullable(Type.String({ maxLength: noteLengthMax }))),
};

const block = Type.Object(
  {
    wa_id: waId,
    position: count,
    blocked_at_ms: timeMs,
    ...auditFields,
    until_ms: Type.Optional(nullable(timeMs)),
    dropped_before: Type.Optional(count),
  },
  strict,
);

const standingBlock = Type.Object(
  {
    wa_id: waId,
    placed_at_ms: timeMs,
    ...auditFields,
    until_ms: Type.Optional(nullable(timeMs)),
  },
  strict,
);

const window = Type.Object(
  {
    wa_id: waId,
    last_inbound_ms: nullable(timeMs),
    dropped: count,
    last_dropped_ms: nullable(timeMs),
    ticks: Type.Enum([0, 1, 2]),
    name: Type.Optional(nullable(shortText)),
    last_outbound_ms: Type.Optional(nullable(timeMs)),
    known_from_ms: Type.Optional(nullable(timeMs)),
  },
  strict,
);

const webhook = Type.Object(
  { url: Type.String({ minLength: 1 }), app_secret: shortText, verify_token: shortText },
  strict,
);

const number = Type.Object(
  {
    id: Type.String({ pattern: '^[0-9]{1,20}$' }),
    wa_id: waId,
    display_phone_number: Type.String({ maxLength: 64 }),
    verified_name: shortText,
    waba_id: Type.String(),
    portfolio_id: shortText,
    created_at_ms: timeMs,
    webhook: nullable(webhook),
    list_version: Type.String({ pattern: '^[0-9]{1,16}$' }),
    blocks: Type.Array(block, { maxItems: 64_000 }),
    standing_blocks: Type.Optional(Type.Array(standingBlock)),
    windows: Type.Array(window),
  },
  strict,
);

export const stateDocument = Type.Object(
  {
    version: Type.Integer(),
    clock: clockState,
    user_id_secret: Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' }),
    users: Type.Array(user),
    user_names: Type.Optional(Type.Array(userName)),
    numbers: Type.Array(number, { maxItems: 10_000 }),
  },
  strict,
);

export type StateDocument = Static<typeof stateDocument>;
export type ClockState = Static<typeof clockState>;
export type NumberDocument = Static<typeof number>;
export type UserNameDocument = Static<typeof userName>;
export type AuditDocument = Static<ReturnType<typeof Type.Object<typeof auditFields>>>;
