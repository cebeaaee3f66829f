import { type PlatformProblem, platformProblems } from '@blockhouse/client/wire';
import { type Static, Type } from 'typebox';
import { nullable, shortText, strict, timestamp } from '../../shared/schemas.ts';

const digits = Type.String({ pattern: '^[0-9]{1,20}$', description: 'Digits only' });
const displayPhoneNumber = Type.String({
  description: 'The phone number as people write it, such as +1 555 078 3881',
  maxLength: 64,
});
const url = Type.String({ minLength: 1, maxLength: 2000 });
const secret = Type.String({ minLength: 1, maxLength: 500 });

/** A change of the receiver of a number's webhooks. */
export type WebhookChange = Static<typeof webhookChange>;

const webhookChange = nullable(
  Type.Object(
    {
      url: Type.Optional(url),
      app_secret: Type.Optional(secret),
      verify_token: Type.Optional(secret),
    },
    strict,
  ),
  {
    description:
      'The receiver of webhooks. A field that you leave out keeps its value. The receiver must pass the handshake. `null` ' +
      'removes it.',
  },
);

/** A change of the number's platform. */
export type UpstreamChange = Static<typeof upstreamChange>;

const upstreamChange = Type.Object(
  {
    base_url: Type.Optional(url),
    version: Type.Optional(nullable(Type.String({ pattern: '^v[0-9]{1,2}\\.0$' }))),
    token: Type.Optional(Type.String({ pattern: '^[\\x21-\\x7e]{1,2000}$' })),
    app_secret: Type.Optional(nullable(secret)),
    verify_token: Type.Optional(nullable(secret)),
    send_appsecret_proof: Type.Optional(
      Type.Boolean({
        description:
          'Whether requests carry a proof of `app_secret`, which an app can require. Set this to false if the token belongs to ' +
          'another app.',
      }),
    ),
  },
  {
    ...strict,
    description:
      'The platform of a `cloud` number, with its token. `base_url` is that of Meta by default. `app_secret` and ' +
      '`verify_token` are those of the Meta app; `/webhooks/meta` needs them. A field that you leave out keeps its value.',
  },
);

export const newNumber = Type.Object(
  {
    id: Type.Optional(digits),
    display_phone_number: displayPhoneNumber,
    verified_name: Type.Optional(shortText),
    waba_id: Type.Optional(digits),
    portfolio_id: Type.Optional(shortText),
    platform: Type.Optional(Type.Enum(['local', 'cloud'])),
    upstream: Type.Optional(upstreamChange),
    webhook: Type.Optional(webhookChange),
  },
  strict,
);

export const numberChange = Type.Object(
  {
    display_phone_number: Type.Optional(displayPhoneNumber),
    verified_name: Type.Optional(shortText),
    waba_id: Type.Optional(digits),
    portfolio_id: Type.Optional(shortText),
    upstream: Type.Optional(upstreamChange),
    webhook: Type.Optional(webhookChange),
  },
  strict,
);

const upstreamHealth = Type.Object({
  state: Type.Enum(['unknown', 'ok', 'limited', 'failing']),
  last_ok_at: nullable(timestamp),
  problem: nullable(Type.String(), { description: "The problem in Meta's words, if it gave any" }),
  problem_kind: nullable(Type.Enum(Object.keys(platformProblems) as PlatformProblem[])),
  problem_at: nullable(timestamp),
  advice: nullable(Type.String(), { description: 'Who has to act, and how' }),
  paused_until: nullable(timestamp),
  last_webhook_at: nullable(timestamp),
});

const webhookHealth = Type.Object(
  {
    state: Type.Enum(['unknown', 'ok', 'failing']),
    last_attempt_at: nullable(timestamp),
    problem: nullable(Type.String()),
  },
  { description: 'The result of the last delivery by this process' },
);

/** A number in an answer. It never contains a secret. */
export const numberShape = Type.Object({
  id: Type.String({ description: 'phone_number_id' }),
  display_phone_number: Type.String(),
  verified_name: Type.String(),
  waba_id: Type.String(),
  portfolio_id: Type.String({
    description: 'The business portfolio that business-scoped user IDs belong to',
  }),
  platform: Type.Enum(['local', 'cloud']),
  upstream: nullable(
    Type.Object({
      base_url: Type.String(),
      version: nullable(Type.String()),
      token_set: Type.Literal(true),
      app_secret_set: Type.Boolean(),
      send_appsecret_proof: Type.Boolean(),
      verify_token_set: Type.Boolean(),
      health: upstreamHealth,
    }),
  ),
  webhook: nullable(
    Type.Object({
      url: Type.String(),
      app_secret_set: Type.Literal(true),
      verify_token_set: Type.Literal(true),
      health: webhookHealth,
    }),
  ),
  created_at: timestamp,
});
