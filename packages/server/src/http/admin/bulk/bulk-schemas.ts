import { noteLengthMax } from '@blockhouse/engine';
import { Type } from 'typebox';
import { nullable, strict } from '../../shared/schemas.ts';

const user = Type.String({ maxLength: 200, description: 'A phone, wa_id or business-scoped user ID' });
const users = Type.Array(user, { minItems: 1 });
const numbers = Type.Array(Type.String({ minLength: 1, maxLength: 20 }), {
  minItems: 1,
  maxItems: 10_000,
  description: 'phone_number_ids, or `["*"]` for all numbers that the key opens',
});
const note = Type.Optional(
  nullable(Type.String({ maxLength: noteLengthMax }), {
    description:
      'Why the users are blocked. If you leave it out, an existing block keeps its note. `null` clears it.',
  }),
);
const until = Type.Optional(
  nullable(Type.String(), {
    description:
      'The ISO 8601 time at which the block expires. If you leave it out, an existing block keeps its expiry. `null` clears it.',
  }),
);
const whenClosed = Type.Optional(
  Type.Enum(['refuse', 'standing'], {
    description: 'What happens to users outside the 24-hour window: `refuse`, or place a `standing` block',
  }),
);

export const blockBody = Type.Object({ users, numbers, note, until, when_closed: whenClosed }, strict);
export const unblockBody = Type.Object({ users, numbers, note }, strict);
export const standingBody = Type.Object({ users, numbers, note, until }, strict);

const result = Type.Object(
  { number: Type.String(), user: Type.String(), outcome: Type.String() },
  {
    additionalProperties: true,
    description: 'A refusal also has `code`, `reason`, `message`, `details` and `explanation`.',
  },
);

export const runShape = Type.Object({}, { additionalProperties: true });

export const bulkAnswer = Type.Object({
  run: runShape,
  results: Type.Array(result),
  error: Type.Optional(Type.Unknown()),
});

export const importQuery = Type.Object({
  when_closed: Type.Optional(Type.Unknown({ description: '`refuse` (the default) or `standing`' })),
  column: Type.Optional(
    Type.Unknown({
      description:
        'The name or position of the column of users. Required if the header does not identify it.',
    }),
  ),
  country: Type.Optional(
    Type.Unknown({ description: 'The ISO 3166 code of the country that national phone numbers belong to' }),
  ),
});
