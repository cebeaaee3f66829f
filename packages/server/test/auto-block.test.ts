// Shows how auto-block rules are written, what each condition catches, and whom they leave alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuleDocument } from '@blockhouse/client';
import type { RuleTerms } from '@blockhouse/engine';
import { demoNumber, type Running, startServer } from './harness.ts';

/** The SDK and the engine have one shape of a rule. */
export const toEngine = (rule: Required<RuleDocument>): RuleTerms => rule;
export const toClient = (rule: RuleTerms): Required<RuleDocument> => rule;

const ana = '16505551234';
const inbound = `/blockhouse/v1/numbers/${demoNumber}/inbound`;
const text = (body: string) => ({ type: 'text', text: { body } });

/** Sends a message, and answers whether it was admitted, dropped, or held. */
async function write({ call }: Running, from: string, content: object, name?: string): Promise<string> {
  const contacts = name === undefined ? [] : [{ wa_id: from, profile: { name } }];
  const { status, body } = await call('POST', inbound, {
    body: { contacts, messages: [{ from, ...content }] },
  });
  assert.equal(status, 200, JSON.stringify(body));
  return ['admitted', 'dropped', 'held'].find((kind) => body[kind].length === 1) ?? 'lost';
}

async function addRule({ call }: Running, rule: object) {
  const { status, body } = await call('POST', '/blockhouse/v1/rules', {
    body: { name: 'A rule', mode: 'enforce', action: { type: 'block' }, ...rule },
  });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

/** Conditions, each with a message that it catches, and one that is close and passes. */
const cases: readonly (readonly [name: string, when: object, caught: object, passing: object])[] = [
  ['a word', { text: { words: ['Bitcoin'] } }, text('BITCOIN now!'), text('bitcoins')],
  [
    'a word behind invisible characters',
    { text: { words: ['bitcoin'] } },
    text('bit\u200bco\u00adin'),
    text('bit coin'),
  ],
  ['a word in look-alike letters', { text: { words: ['crypto'] } }, text('сrурtо'), text('крипта')],
  ['a word of another script', { text: { words: ['Казино'] } }, text('наше казино'), text('магазин')],
  ['accents', { text: { words: ['ganhe'] } }, text('Gânhé'), text('ganhei')],
  ['a phrase', { text: { phrases: ['click here'] } }, text('CLICK   here'), text('here, click')],
  ['a pattern', { text: { patterns: ['\\bwin \\d+'] } }, text('You win 500'), text('You win')],
  [
    'a caption',
    { text: { words: ['casino'] } },
    { type: 'image', image: { caption: 'Casino!' } },
    { type: 'image', image: {} },
  ],
  ['any link', { link: {} }, text('see example.com/x'), text('well.done')],
  [
    'a link to a domain',
    { link: { domains: ['evil.com'] } },
    text('https://www.evil.com/a'),
    text('https://notevil.com'),
  ],
  [
    'a forwarded message',
    { forwarded_many_times: true },
    { ...text('x'), context: { frequently_forwarded: true } },
    text('x'),
  ],
  ['a type', { message_type: ['audio'] }, { type: 'audio', audio: {} }, text('audio')],
];

for (const [name, when, caught, passing] of cases) {
  test(`a rule catches ${name}, and nothing else`, async (t) => {
    const server = await startServer(t);
    await addRule(server, { when });
    assert.equal(await write(server, ana, passing), 'admitted');
    assert.equal(await write(server, ana, caught), 'dropped');
    assert.equal(await write(server, ana, passing), 'dropped', 'the sender is blocked');
  });
}

test('a rule catches a name, a country, and a user', async (t) => {
  const server = await startServer(t);
  await addRule(server, { name: 'name', when: { name: { words: ['support'] } } });
  await addRule(server, { name: 'country', when: { country: { in: ['KE'] } } });
  await addRule(server, { name: 'user', when: { user: [14155559876] } });
  assert.equal(await write(server, '4915123456789', text('a'), 'WhatsApp Support'), 'dropped');
  assert.equal(await write(server, '254700000001', text('a'), 'Ann'), 'dropped');
  assert.equal(await write(server, '14155559876', text('a')), 'dropped');
  assert.equal(await write(server, ana, text('a'), 'Ann'), 'admitted');
});

test('the same text from more senders than allowed blocks those who come after', async (t) => {
  const server = await startServer(t);
  await addRule(server, { when: { same_content: { over_senders: 3, within: '1h' } } });
  const spam = text('Work from home and earn 500 dollars a day!');
  const outcomes: string[] = [];
  for (const last of [0, 1, 2, 3, 4]) outcomes.push(await write(server, `1650555000${last}`, spam));
  assert.deepEqual(outcomes, ['admitted', 'admitted', 'admitted', 'dropped', 'dropped']);
  assert.equal(await write(server, ana, text('ok')), 'admitted', 'short texts are everybody’s');
});

test('a rate counts over a span, and no longer', async (t) => {
  const server = await startServer(t);
  await addRule(server, { when: { rate: { over: 2, within: '1m', of: 'sender' } } });
  for (const _ of [1, 2]) assert.equal(await write(server, ana, text('a')), 'admitted');
  await server.advance('3m');
  for (const _ of [1, 2]) assert.equal(await write(server, ana, text('a')), 'admitted');
  assert.equal(await write(server, ana, text('a')), 'dropped');
});

test('a flood of new senders blocks new senders, and nobody who is known', async (t) => {
  const server = await startServer(t);
  assert.equal(await write(server, ana, text('a')), 'admitted');
  await server.advance('2d');
  await addRule(server, { when: { rate: { over: 5, within: '1m', of: 'new_senders' } } });
  const outcomes: string[] = [];
  for (let last = 0; last < 8; last++) outcomes.push(await write(server, `1415555000${last}`, text('a')));
  assert.deepEqual(
    outcomes.map((one) => one === 'dropped'),
    [false, false, false, false, false, true, true, true],
  );
  assert.equal(await write(server, ana, text('a')), 'admitted');
});

test('someone who was unblocked lately, or is blocked on another number, is caught', async (t) => {
  const server = await startServer(t);
  const { call } = server;
  await server.write(ana);
  await server.block(ana);
  await server.unblock(ana);
  const rule = await addRule(server, { when: { unblocked_within: '1h' } });
  assert.equal(await write(server, '14155559876', text('a')), 'admitted');
  assert.equal(await write(server, ana, text('a')), 'dropped');
  await call('DELETE', `/blockhouse/v1/rules/${rule.id}`);

  const other = await call('POST', '/blockhouse/v1/numbers', {
    body: { id: '200', display_phone_number: '+1 555 078 3899' },
  });
  assert.equal(other.status, 201);
  await addRule(server, { when: { blocked_on_another_number: true } });
  const there = await call('POST', '/blockhouse/v1/numbers/200/inbound', {
    body: {
      messages: [
        { from: ana, ...text('a') },
        { from: '4915123456789', ...text('a') },
      ],
    },
  });
  assert.deepEqual([there.body.dropped.length, there.body.admitted.length], [1, 1]);
});

test('nobody on the allowlist, and no customer, is touched unless the rule says so', async (t) => {
  const server = await startServer(t);
  const { call } = server;
  const customer = '14155559876';
  assert.equal(await write(server, customer, text('hello')), 'admitted');
  await server.advance('2d');
  const added = await call('POST', '/blockhouse/v1/allowlist', { body: { users: ['+1 650-555-1234'] } });
  assert.deepEqual(added.body, { data: [ana] });
  const rule = await addRule(server, { when: { text: { words: ['spam'] } } });
  for (const user of [ana, customer]) assert.equal(await write(server, user, text('spam')), 'admitted');
  await call('PATCH', `/blockhouse/v1/rules/${rule.id}`, { body: { includes_customers: true } });
  assert.equal(await write(server, ana, text('spam')), 'admitted');
  assert.equal(await write(server, customer, text('spam')), 'dropped');
});

test('a user whom the business wrote to first is a customer; one whom its bot answered is not', async (t) => {
  const server = await startServer(t);
  const { call } = server;
  const send = (to: string) =>
    call('POST', `/v25.0/${demoNumber}/messages`, {
      body: {
        messaging_product: 'whatsapp',
        to,
        type: 'template',
        template: { name: 'x', language: { code: 'en' } },
      },
    });
  await addRule(server, { when: { text: { words: ['spam'] } } });
  assert.equal((await send(ana)).status, 200);
  assert.equal(await write(server, ana, text('spam')), 'admitted');
  const stranger = '14155559876';
  assert.equal(await write(server, stranger, text('hello')), 'admitted');
  assert.equal((await send(stranger)).status, 200);
  assert.equal(await write(server, stranger, text('spam')), 'dropped');
});

test('a rule that observes counts and does nothing; past its limit a rule that enforces only observes', async (t) => {
  const server = await startServer(t);
  const { call } = server;
  const when = { text: { words: ['spam'] } };
  await addRule(server, { name: 'observes', mode: 'observe', when });
  await addRule(server, { name: 'limited', when, blocks_per_hour: 2 });
  const outcomes: string[] = [];
  for (const last of [0, 1, 2, 3]) outcomes.push(await write(server, `1415555000${last}`, text('spam')));
  assert.deepEqual(outcomes, ['dropped', 'dropped', 'admitted', 'admitted']);
  const { body } = await call('GET', '/blockhouse/v1/rules');
  assert.deepEqual(
    body.data.map(({ name, last_24_hours: counts }: { name: string; last_24_hours: object }) => [
      name,
      counts,
    ]),
    [
      ['observes', { matched: 4, acted: 0 }],
      ['limited', { matched: 4, acted: 2 }],
    ],
  );
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /blockhouse_rule_matches_total\{rule="rule_\w+",effect="limited"\} 2/);
});

test('a block of a rule ends by itself, and names the rule', async (t) => {
  const server = await startServer(t);
  const { call } = server;
  const rule = await addRule(server, {
    when: { text: { words: ['spam'] } },
    action: { type: 'block', for: '1h' },
  });
  assert.equal(await write(server, ana, text('spam')), 'dropped');
  const { body } = await call('GET', '/blockhouse/v1/activity');
  const [{ operation, source, key, note }] = body.data;
  assert.deepEqual(
    [operation, source, key, note],
    ['block', 'rule', { id: rule.id, name: 'A rule' }, 'A rule'],
  );
  await server.advance('2h');
  assert.equal(await write(server, ana, text('hello')), 'admitted');
});

/** Rules that are refused, and a part of the sentence that says why. */
const refused: readonly (readonly [rule: object, reason: RegExp])[] = [
  [{ when: {} }, /no condition/],
  [{ when: { text: {} } }, /looks for nothing/],
  [{ when: { text: { patterns: ['(?=a)'] } } }, /no regular expression of RE2/],
  [{ when: { text: { patterns: ['(a'] } } }, /no regular expression of RE2/],
  [{ when: { text: { words: ['two words'] } } }, /more than one word/],
  [
    { when: { text: { words: Array.from({ length: 1_001 }, (_, index) => `w${index}`) } } },
    /1000 are allowed/,
  ],
  [{ when: { country: { in: ['QQ'] } } }, /"QQ" is no country/],
  [{ when: { country: {} } }, /names no country/],
  [{ when: { rate: { over: 5, within: '10', of: 'sender' } } }, /write a span/],
  [{ when: { rate: { over: 5, within: '30d', of: 'sender' } } }, /24 hours at most/],
  [{ when: { link: { domains: ['https://evil.com'] } } }, /is no domain/],
  [{ when: { sender: 'new' }, action: { type: 'block', for: 'ever' } }, /action.for/],
  [{ when: { sender: 'old' } }, /sender/],
  [{ when: { moon: 'full' } }, /moon/],
  [{ when: { sender: 'new' }, name: ' ' }, /name is empty/],
];

test('a rule that cannot be used is refused with the reason, and changes nothing', async (t) => {
  const { call } = await startServer(t);
  for (const [rule, reason] of refused) {
    const answer = await call('POST', '/blockhouse/v1/rules', {
      body: { name: 'Bad', action: { type: 'flag' }, ...rule },
    });
    assert.equal(answer.status, 400, JSON.stringify(rule));
    assert.match(answer.body.error.message, reason);
  }
  const good = { name: 'Good', when: { sender: 'new' }, action: { type: 'flag' } };
  const put = await call('PUT', '/blockhouse/v1/rules', {
    body: { rules: [good, { ...good, name: 'Bad', when: {} }] },
  });
  assert.equal(put.status, 400);
  assert.match(put.body.error.message, /Rule "Bad"/);
  const twice = await call('PUT', '/blockhouse/v1/rules', {
    body: { rules: [good, { ...good, name: 'GOOD' }] },
  });
  assert.match(twice.body.error.message, /two rules with the name/);
  assert.deepEqual((await call('GET', '/blockhouse/v1/rules')).body.data, []);
});

test('a pattern that would take others forever takes no time', async (t) => {
  const server = await startServer(t);
  await addRule(server, { when: { text: { patterns: ['(a+)+$', '(x+x+)+y'] } } });
  assert.equal(await write(server, ana, text(`${'x'.repeat(4_000)}!`)), 'admitted');
});

test('rules that are applied again keep their IDs, and those that are left out go', async (t) => {
  const { call } = await startServer(t);
  const rule = (name: string, more: object = {}) => ({
    name,
    when: { sender: 'new' },
    action: { type: 'flag' },
    ...more,
  });
  const apply = async (...rules: object[]) =>
    (await call('PUT', '/blockhouse/v1/rules', { body: { rules } })).body.data as {
      id: string;
      name: string;
      version: number;
    }[];
  const [one, two] = await apply(rule('one'), rule('two'));
  const again = await apply(rule('Two', { order: 7 }), rule('three'));
  assert.deepEqual([again[0]?.id, again[0]?.version, again.length], [two?.id, 2, 2]);
  assert.ok(!again.some(({ id }) => id === one?.id));
});

test('a draft is tried on webhooks of the past, and changes nothing', async (t) => {
  const server = await startServer(t);
  const { call } = server;
  await server.write('14155559876');
  await server.advance('2d');
  const nowMs = Date.parse((await call('GET', '/sandbox/clock')).body.now);
  const webhook = (from: string, body: string, minute: number) => ({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '1',
        changes: [
          {
            field: 'messages',
            value: {
              metadata: { phone_number_id: demoNumber },
              messages: [
                {
                  from,
                  id: `m${from}${minute}`,
                  timestamp: String(Math.floor(nowMs / 1000) + 60 * minute),
                  ...text(body),
                },
              ],
            },
          },
        ],
      },
    ],
  });
  const webhooks = [
    webhook(ana, 'a loan', 1),
    webhook(ana, 'hello?', 2),
    webhook('14155559876', 'my loan', 3),
    webhook('4915123456789', 'hello', 4),
  ];
  const replay = (rule: object, sent: object[] = webhooks) =>
    call('POST', '/blockhouse/v1/rules/replay', {
      body: { rule: { name: 'Draft', ...rule }, webhooks: sent },
    });
  const loans = { when: { text: { words: ['loan'] } }, action: { type: 'block' } };
  const { body } = await replay(loans);
  const { samples, ...counts } = body;
  assert.deepEqual(counts, { messages: 4, matched: 1, dropped: 1, users: 1, known_users: 0 });
  assert.deepEqual([samples[0].wa_id, samples[0].message.text.body], [ana, 'a loan']);
  const all = await replay({ ...loans, includes_customers: true });
  assert.deepEqual([all.body.users, all.body.known_users], [2, 1]);
  await call('POST', '/blockhouse/v1/allowlist', { body: { users: [ana] } });
  assert.equal((await replay(loans)).body.matched, 0, 'nobody on the allowlist');
  await call('DELETE', '/blockhouse/v1/allowlist', { body: { users: [ana] } });
  const rate = { when: { rate: { over: 1, within: '5m', of: 'sender' } }, action: { type: 'flag' } };
  assert.equal((await replay(rate)).body.matched, 1);
  assert.deepEqual((await call('GET', '/blockhouse/v1/rules')).body.data, []);
  assert.deepEqual((await server.list()).body.data, []);

  const bad = await replay({ ...loans, when: { text: { patterns: ['(?=x)'] } } });
  assert.match(bad.body.error.message, /Rule "Draft": The pattern/);
  assert.match((await replay(loans, [{}])).body.error.message, /webhooks\[0\]: The body is not a webhook/);
});

test('a reset of the sandbox removes the rules and the allowlist', async (t) => {
  const server = await startServer(t);
  const { call } = server;
  await addRule(server, { when: { text: { words: ['spam'] } } });
  await call('POST', '/blockhouse/v1/allowlist', { body: { users: [ana] } });
  assert.equal((await call('POST', '/sandbox/reset')).status, 200);
  assert.deepEqual((await call('GET', '/blockhouse/v1/rules')).body.data, []);
  assert.deepEqual((await call('GET', '/blockhouse/v1/allowlist')).body.data, []);
  assert.equal(await write(server, ana, text('spam')), 'admitted');
});

test('an agent reads rules and the allowlist, and changes neither', async (t) => {
  const { call } = await startServer(t);
  const made = await call('POST', '/blockhouse/v1/keys', {
    body: { name: 'support', role: 'agent', numbers: [demoNumber] },
  });
  const { key } = made.body;
  const users = { users: [ana] };
  const rule = { name: 'x', when: { sender: 'new' }, action: { type: 'flag' } };
  for (const path of ['rules', 'allowlist', `numbers/${demoNumber}/reviews`])
    assert.equal((await call('GET', `/blockhouse/v1/${path}`, { key })).status, 200, path);
  for (const [method, path, body] of [
    ['POST', 'allowlist', users],
    ['DELETE', 'allowlist', users],
    ['POST', 'rules', rule],
    ['PUT', 'rules', { rules: [rule] }],
    ['POST', 'rules/replay', { rule, webhooks: [{ entry: [] }] }],
  ] as const)
    assert.equal(
      (await call(method, `/blockhouse/v1/${path}`, { key, body })).status,
      403,
      `${method} ${path}`,
    );
});
