import type { AutoBlockRule, RuleTerms } from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import { shortText, strict, timestamp } from '../../shared/schemas.ts';

/** The longest list that a schema lets through; the rules of the engine say more exactly what is allowed. */
const listMax = 10_000;

const texts = Type.Array(Type.String({ minLength: 1, maxLength: 500 }), { minItems: 1, maxItems: listMax });

const span = Type.String({ maxLength: 20, description: 'Such as `10m`, `24h`, or `30d`' });

const count = Type.Integer({ minimum: 1 });

const textCondition = Type.Object(
  {
    words: Type.Optional(texts),
    phrases: Type.Optional(texts),
    patterns: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 500 }), {
        minItems: 1,
        maxItems: 50,
        description: 'Regular expressions of RE2',
      }),
    ),
  },
  {
    ...strict,
    description: 'Matches when one of these is found. Case, accents, and look-alike letters do not count.',
  },
);

const country = Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166, such as `BR`' });

/** All conditions that are stated must hold. */
const conditions = Type.Object(
  {
    country: Type.Optional(
      Type.Object(
        { in: Type.Optional(Type.Array(country)), not_in: Type.Optional(Type.Array(country)) },
        { ...strict, description: "The country of the sender's calling code" },
      ),
    ),
    sender: Type.Optional(
      Type.Literal('new', {
        description: 'The sender first wrote less than a day ago, and the business did not write first',
      }),
    ),
    no_message_to_them_within: Type.Optional(span),
    rate: Type.Optional(
      Type.Object({ over: count, within: span, of: Type.Enum(['sender', 'new_senders']) }, strict),
    ),
    same_content: Type.Optional(
      Type.Object(
        { over_senders: count, within: span },
        { ...strict, description: 'The same file, or the same text of at least 20 characters' },
      ),
    ),
    text: Type.Optional(textCondition),
    link: Type.Optional(
      Type.Object(
        { domains: Type.Optional(texts) },
        { ...strict, description: 'Any link, or one to these domains and their subdomains' },
      ),
    ),
    forwarded_many_times: Type.Optional(Type.Literal(true)),
    message_type: Type.Optional(texts),
    name: Type.Optional(textCondition),
    user: Type.Optional(Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1, maxItems: listMax })),
    blocked_on_another_number: Type.Optional(Type.Literal(true)),
    unblocked_within: Type.Optional(span),
  },
  strict,
);

const action = Type.Union([
  Type.Object(
    {
      type: Type.Literal('block'),
      for: Type.Optional(span),
      note: Type.Optional(Type.String({ maxLength: 1_000 })),
      keep_message: Type.Optional(Type.Boolean({ description: 'Shows the message for review' })),
      numbers: Type.Optional(
        Type.Literal('*', {
          description:
            'Blocks the sender on all numbers. Where they have not written, they get a standing block',
        }),
      ),
    },
    strict,
  ),
  Type.Object({ type: Type.Literal('hold') }, strict),
  Type.Object({ type: Type.Literal('flag') }, strict),
]);

const mode = Type.Enum(['off', 'observe', 'enforce'], {
  description: '`observe` counts what the rule would do, and does nothing',
});

const numbers = Type.Union([Type.Array(Type.String(), { minItems: 1, maxItems: 1_000 }), Type.Literal('*')], {
  description: 'phone_number_ids, or `*` for all numbers',
});

/** A rule as it is written. A new rule observes, on all numbers, and leaves customers alone. */
export const newRule = Type.Object(
  {
    name: shortText,
    mode: Type.Optional(mode),
    order: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
    numbers: Type.Optional(numbers),
    when: conditions,
    action,
    includes_customers: Type.Optional(Type.Boolean()),
    blocks_per_hour: Type.Optional(count),
    notify: Type.Optional(
      Type.Boolean({
        description:
          'Sends the webhook `blockhouse.rule_matched`, for each number and effect at most once an hour',
      }),
    ),
  },
  strict,
);

/** A file of rules; `examples/auto-block-rules.schema.json` has the same as JSON Schema. */
export const rulesFile = Type.Object(
  {
    rules: Type.Array(newRule, { maxItems: 1_000 }),
    customer_days: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 365,
        description: 'For how many days after their last contact users count as customers',
      }),
    ),
  },
  strict,
);

export const ruleChange = Type.Partial(newRule, strict);

export const ruleShape = Type.Object({
  id: Type.String(),
  name: Type.String(),
  mode,
  order: Type.Integer(),
  numbers,
  when: conditions,
  action,
  includes_customers: Type.Boolean(),
  blocks_per_hour: Type.Integer(),
  notify: Type.Boolean(),
  version: Type.Integer(),
  changed_at: timestamp,
  last_24_hours: Type.Object(
    { matched: Type.Integer(), acted: Type.Integer() },
    { description: 'Messages that the rule matched, and those that it blocked, held, or flagged' },
  ),
});

/** The limit of a rule that states none. */
const blocksPerHourDefault = 200;

/** The terms of a rule as it is written, with the defaults. */
export function readRule(written: Static<typeof newRule>, place: number): RuleTerms {
  return {
    name: written.name,
    mode: written.mode ?? 'observe',
    order: written.order ?? place,
    numbers: written.numbers ?? '*',
    when: written.when,
    action: written.action,
    includes_customers: written.includes_customers ?? false,
    blocks_per_hour: written.blocks_per_hour ?? blocksPerHourDefault,
    notify: written.notify ?? false,
  };
}

export type RuleCounts = ReadonlyMap<string, Static<typeof ruleShape>['last_24_hours']>;

export function renderRule(
  { changedAtMs, ...rule }: AutoBlockRule,
  counts: RuleCounts,
): Static<typeof ruleShape> {
  return {
    ...rule,
    numbers: rule.numbers === '*' ? '*' : [...rule.numbers],
    when: rule.when as Static<typeof conditions>,
    changed_at: new Date(changedAtMs).toISOString(),
    last_24_hours: counts.get(rule.id) ?? { matched: 0, acted: 0 },
  };
}
