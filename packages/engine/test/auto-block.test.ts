// Shows that auto-block rules decide as a naive model does, whatever the rules and the messages, and what makes a user a
// customer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AutoBlockRule,
  compileRules,
  Judge,
  type JudgedMessage,
  noRules,
  type RuleConditions,
  type RuleSet,
  ruleProblem,
  ruleSetProblem,
} from '@blockhouse/engine';
import fc from 'fast-check';
import { nowMs, userFacts } from './facts.ts';

const dayMs = 24 * 60 * 60 * 1000;

const content = {
  text: '',
  words: new Set<string>(),
  name: '',
  nameWords: new Set<string>(),
  hosts: [],
  type: 'text',
  isForwardedManyTimes: false,
};

function messageOf(over: Partial<JudgedMessage> = {}): JudgedMessage {
  return {
    from: 16505551234,
    country: 'US',
    user: userFacts({ lastInboundMs: null }),
    content,
    counts: [],
    isBlockedElsewhere: false,
    unblockedAtMs: null,
    atMs: nowMs,
    ...over,
  };
}

function ruleOf(over: Partial<AutoBlockRule> = {}): AutoBlockRule {
  return {
    id: 'rule_1',
    name: 'rule',
    mode: 'enforce',
    order: 1,
    numbers: '*',
    when: { sender: 'new' },
    action: { type: 'block' },
    includes_customers: false,
    notify: false,
    blocks_per_hour: 100,
    version: 1,
    changedAtMs: 0,
    ...over,
  };
}

function judgeOf(rules: readonly AutoBlockRule[], set: Partial<RuleSet> = {}): Judge {
  const compiled = compileRules(
    { ...noRules, rules, ...set },
    ({ words = [] }) =>
      (_, own) =>
        words.some((word) => own.has(word)),
  );
  return new Judge({ rules: compiled, numberId: '1', blocksLeft: (rule) => rule.blocks_per_hour });
}

/** A contact of so many days ago, in one direction. */
const ago = (days: number) => nowMs - days * dayMs;

test('customers are known to the business and had contact within 30 days', () => {
  const cases = [
    ['never wrote', { lastInboundMs: null, knownFromMs: null }, 'block'],
    ['first wrote an hour ago', { lastInboundMs: nowMs - 3_600_000, knownFromMs: nowMs + 1 }, 'block'],
    ['first wrote two days ago', { lastInboundMs: ago(2), knownFromMs: ago(1) }, 'pass'],
    ['last wrote 31 days ago', { lastInboundMs: ago(31), knownFromMs: ago(40) }, 'block'],
    [
      'was written to yesterday',
      { lastInboundMs: ago(31), lastOutboundMs: ago(1), knownFromMs: ago(40) },
      'pass',
    ],
    [
      'the business wrote first',
      { lastInboundMs: null, lastOutboundMs: nowMs - 1, knownFromMs: nowMs - 1 },
      'pass',
    ],
  ] as const;
  const rule = ruleOf({ when: { message_type: ['text'] } });
  for (const [name, user, expected] of cases)
    assert.equal(judgeOf([rule]).judge(messageOf({ user: userFacts(user) }), 'm').kind, expected, name);
});

test('a rule that flags leaves the decision to the next; one that blocks or holds decides', () => {
  const flag = ruleOf({ id: 'f', order: 1, action: { type: 'flag' } });
  const hold = ruleOf({ id: 'h', order: 2, action: { type: 'hold' } });
  const block = ruleOf({ id: 'b', order: 3 });
  assert.deepEqual(judgeOf([flag]).judge(messageOf(), 'm'), { kind: 'pass', flaggedBy: 'f' });
  assert.deepEqual(judgeOf([block, hold, flag]).judge(messageOf(), 'm'), { kind: 'hold', ruleId: 'h' });
  const judge = judgeOf([flag, ruleOf({ ...hold, mode: 'observe' }), block]);
  assert.equal(judge.judge(messageOf(), 'm').kind, 'block');
  assert.deepEqual(
    judge.matches.map(({ ruleId, effect }) => [ruleId, effect]),
    [
      ['f', 'flag'],
      ['h', 'observe'],
      ['b', 'block'],
    ],
  );
});

test('a block names the rule, and ends when the rule says', () => {
  const rule = ruleOf({ name: 'Loans', action: { type: 'block', for: '1d12h', keep_message: true } });
  assert.deepEqual(judgeOf([rule]).judge(messageOf(), 'm'), {
    kind: 'block',
    ruleId: 'rule_1',
    isKept: true,
    block: {
      cause: { keyId: 'rule_1', person: null, source: 'rule', note: 'Loans' },
      placedAtMs: nowMs,
      untilMs: nowMs + 1.5 * dayMs,
    },
  });
});

const conditionsArbitrary: fc.Arbitrary<RuleConditions> = fc
  .record(
    {
      country: fc.record(
        { in: fc.subarray(['US', 'BR', 'KE']), not_in: fc.subarray(['US', 'BR', 'KE']) },
        { requiredKeys: [] },
      ),
      sender: fc.constant('new' as const),
      rate: fc.record({
        over: fc.integer({ min: 1, max: 5 }),
        within: fc.constantFrom('1m', '1h'),
        of: fc.constantFrom('sender' as const, 'new_senders' as const),
      }),
      same_content: fc.record({ over_senders: fc.integer({ min: 1, max: 5 }), within: fc.constant('1m') }),
      forwarded_many_times: fc.constant(true as const),
      message_type: fc.subarray(['text', 'image'], { minLength: 1 }),
      user: fc.subarray([1, 2, 3], { minLength: 1 }),
      blocked_on_another_number: fc.constant(true as const),
      unblocked_within: fc.constantFrom('1h', '1d'),
      no_message_to_them_within: fc.constantFrom('1h', '30d'),
    },
    { requiredKeys: [] },
  )
  .filter((when) => Object.keys(when).length > 0);

const rulesArbitrary = fc.array(
  fc.record({
    mode: fc.constantFrom('off' as const, 'observe' as const, 'enforce' as const),
    order: fc.integer({ min: 0, max: 3 }),
    numbers: fc.constantFrom('*' as const, ['1'], ['2']),
    when: conditionsArbitrary,
    action: fc.constantFrom({ type: 'block' as const }, { type: 'hold' as const }, { type: 'flag' as const }),
    includes_customers: fc.boolean(),
    blocks_per_hour: fc.integer({ min: 1, max: 2 }),
  }),
  { maxLength: 6 },
);

const messagesArbitrary = fc.array(
  fc.record({
    from: fc.constantFrom(1, 2, 3, 4),
    country: fc.constantFrom('US', 'BR', 'KE', null),
    type: fc.constantFrom('text', 'image'),
    forwarded: fc.boolean(),
    known: fc.constantFrom(null, ago(2), nowMs + 5),
    inbound: fc.constantFrom(null, ago(2), ago(40)),
    outbound: fc.constantFrom(null, nowMs - 60_000, ago(2)),
    isBlockedElsewhere: fc.boolean(),
    unblocked: fc.constantFrom(null, nowMs - 60_000, ago(0.5)),
    count: fc.integer({ min: 0, max: 6 }),
  }),
  { maxLength: 8 },
);

const spans: Readonly<Record<string, number>> = {
  '1m': 60_000,
  '1h': 3_600_000,
  '1d': dayMs,
  '30d': 30 * dayMs,
};

test('any rules over any messages decide as a naive model does', () => {
  fc.assert(
    fc.property(rulesArbitrary, messagesArbitrary, (drafts, written) => {
      const rules = drafts.map((draft, index) => ruleOf({ ...draft, id: `rule_${index}`, name: `${index}` }));
      const judge = judgeOf(rules, { allowlist: [4] });
      const blocked = new Map<string, number>();
      for (const [index, one] of written.entries()) {
        const user = userFacts({
          lastInboundMs: one.inbound,
          lastOutboundMs: one.outbound,
          knownFromMs: one.known,
        });
        const message = messageOf({
          from: one.from,
          country: one.country,
          user,
          content: { ...content, type: one.type, isForwardedManyTimes: one.forwarded },
          // The same for every counter.
          counts: Array.from({ length: 20 }, () => one.count),
          isBlockedElsewhere: one.isBlockedElsewhere,
          unblockedAtMs: one.unblocked,
        });
        const verdict = judge.judge(message, String(index));

        const isNew = one.known === null || one.known > nowMs;
        const contact = Math.max(one.inbound ?? 0, one.outbound ?? 0);
        const isCustomer = !isNew && nowMs - contact < 30 * dayMs;
        const holds = ({ when }: AutoBlockRule) =>
          (when.country === undefined ||
            (one.country !== null &&
              (when.country.in ?? [one.country]).includes(one.country) &&
              !(when.country.not_in ?? []).includes(one.country))) &&
          (when.sender === undefined || isNew) &&
          (when.rate === undefined || ((when.rate.of === 'sender' || isNew) && one.count > when.rate.over)) &&
          (when.same_content === undefined || one.count > when.same_content.over_senders) &&
          (when.forwarded_many_times === undefined || one.forwarded) &&
          (when.message_type === undefined || when.message_type.includes(one.type)) &&
          (when.user === undefined || when.user.includes(one.from)) &&
          (when.blocked_on_another_number === undefined || one.isBlockedElsewhere) &&
          (when.unblocked_within === undefined ||
            (one.unblocked !== null && nowMs - one.unblocked < (spans[when.unblocked_within] ?? 0))) &&
          (when.no_message_to_them_within === undefined ||
            one.outbound === null ||
            nowMs - one.outbound >= (spans[when.no_message_to_them_within] ?? 0));
        let expected = 'pass';
        let flag: string | null = null;
        for (const order of [0, 1, 2, 3]) {
          for (const rule of rules) {
            if (expected !== 'pass' || rule.order !== order || rule.mode !== 'enforce' || one.from === 4)
              continue;
            if (rule.numbers !== '*' && !rule.numbers.includes('1')) continue;
            if (isCustomer && !rule.includes_customers && rule.action.type !== 'flag') continue;
            if (!holds(rule)) continue;
            if (rule.action.type === 'flag') flag ??= rule.id;
            else if (rule.action.type === 'hold') expected = `hold ${rule.id}`;
            else if ((blocked.get(rule.id) ?? 0) < rule.blocks_per_hour) {
              blocked.set(rule.id, (blocked.get(rule.id) ?? 0) + 1);
              expected = `block ${rule.id}`;
            }
          }
        }
        if (verdict.kind === 'pass') assert.deepEqual(['pass', verdict.flaggedBy], [expected, flag]);
        else assert.equal(`${verdict.kind} ${verdict.ruleId}`, expected);
      }
    }),
    { numRuns: 500 },
  );
});

test('rules that cannot be used together are refused', () => {
  assert.equal(ruleProblem(ruleOf()), null);
  assert.match(ruleProblem(ruleOf({ blocks_per_hour: 0 })) ?? '', /blocks_per_hour/);
  const many = Array.from({ length: 101 }, (_, index) => ruleOf({ name: String(index) }));
  assert.match(ruleSetProblem({ ...noRules, rules: many }) ?? '', /100 rules at most/);
  assert.match(ruleSetProblem({ ...noRules, customerDays: 0 }) ?? '', /customer_days/);
  const allowlist = Array.from({ length: 10_001 }, (_, index) => index + 1);
  assert.match(ruleSetProblem({ ...noRules, allowlist }) ?? '', /10000 users at most/);
});
