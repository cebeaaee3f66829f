// Shows how auto-block rules are applied from a file, listed, and undone, and what is said about a file that is wrong.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { metaMessage, metaWebhook } from '../../server/test/gateway/meta-webhook.ts';
import { demoNumber, startServer } from '../../server/test/harness.ts';
import { blockhouse, rows } from './run.ts';

async function start(t: TestContext) {
  const running = await startServer(t);
  const env = { BLOCKHOUSE_URL: running.url, BLOCKHOUSE_KEY: running.key };
  const run = (args: string[], stdin?: string) => blockhouse(args, { env, ...(stdin && { stdin }) });
  const folder = tempFolder(t);
  const apply = (text: string) => {
    const file = join(folder, 'rules.yaml');
    writeFileSync(file, text);
    return run(['rules', 'apply', '-f', file]);
  };
  return { ...running, run, apply, folder };
}

const good = `
rules:
  - name: Loans # from the support team
    mode: enforce
    when:
      text:
        words: [loan]
    action: { type: block, note: Spam }
  - name: Links from strangers
    when: { sender: new, link: {} }
    action: { type: hold }
`;

test('rules come from a file, block, and are undone', async (t) => {
  const { run, apply, call } = await start(t);
  const applied = await apply(good);
  assert.equal(applied.code, 0, applied.stderr);
  assert.match(applied.stdout, /^rule_\w+ +Loans +enforce +block +0 +0$/m);
  assert.match(applied.stdout, /^rule_\w+ +Links from strangers +observe +hold +0 +0$/m);
  await call('POST', `/blockhouse/v1/numbers/${demoNumber}/inbound`, {
    body: { messages: [{ from: '16505551234', type: 'text', text: { body: 'a loan' } }] },
  });
  const [loans] = rows((await run(['rules', '--json'])).stdout);
  assert.deepEqual(
    [loans.name, loans.when, loans.last_24_hours],
    ['Loans', { text: { words: ['loan'] } }, { matched: 1, acted: 1 }],
  );
  const undone = await run(['rules', 'undo', 'loans', '--since', '2020-01-01T00:00:00Z']);
  assert.deepEqual([undone.code, undone.stdout], [0, '1 unblocked, 0 failed.\n']);
  const missing = await run(['rules', 'undo', 'nothing', '--since', '2020-01-01T00:00:00Z']);
  assert.deepEqual([missing.code, missing.stderr], [1, 'blockhouse: There is no rule "nothing".\n']);
});

test('a file with one wrong rule changes nothing, and the message names its line', async (t) => {
  const { run, apply } = await start(t);
  await apply(good);
  const wrong = [
    [
      `${good}  - name: Bad\n    when: {}\n    action: { type: flag }\n`,
      /line 12: .*Rule "Bad": when has no condition/,
    ],
    [`${good}  - name: Bad\n    when: { moon: full }\n    action: { type: flag }\n`, /line 12: .*moon/],
    ['rules:\n  - name: [\n', /rules\.yaml: .* at line \d/],
    ['rule: []', /rules\.yaml has no list "rules"/],
    ['{"rules": 7}', /has no list "rules"/],
  ] as const;
  for (const [text, reason] of wrong) {
    const answer = await apply(text);
    assert.equal(answer.code, 1, text);
    assert.match(answer.stderr, reason);
  }
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
    .split('')
    .map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]},`.repeat(9)}]`)
    .join('\n')}\nrules: *i\n`;
  assert.match((await apply(bomb)).stderr, /alias/i);
  const missing = await run(['rules', 'apply', '-f', '/nowhere/rules.yaml']);
  assert.match(missing.stderr, /cannot be read/);
  assert.equal(rows((await run(['rules', '--json'])).stdout).length, 2, 'nothing has changed');
});

test('the example file has rules that a server accepts, all off', async (t) => {
  const { run } = await start(t);
  const file = new URL('../../../examples/auto-block-rules.yaml', import.meta.url).pathname;
  const applied = await run(['rules', 'apply', '-f', file, '--json']);
  assert.equal(applied.code, 0, applied.stderr);
  const modes = rows(applied.stdout).map(({ mode }) => mode);
  assert.deepEqual(
    modes,
    Array.from({ length: 5 }, () => 'off'),
  );
});

const webhook = (from: string, body: string) =>
  metaWebhook({ messages: [metaMessage(from, `wamid.${from}`, { text: { body } })] });

test('rules are tried on webhooks, added beside others, and switched', async (t) => {
  const { run, apply, folder } = await start(t);
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const rules = file('good.yaml', good);
  const lines = [webhook('16505551234', 'a loan'), webhook('14155559876', 'hello'), ''];
  const webhooks = file('webhooks.jsonl', lines.join('\n'));
  const tried = await run(['rules', 'test', '-f', rules, '--webhooks', webhooks]);
  assert.equal(tried.code, 0, tried.stderr);
  assert.match(tried.stdout, /^NAME +MESSAGES +MATCHED +USERS +KNOWN +DROPPED$/m);
  assert.match(tried.stdout, /^Loans +2 +1 +1 +0 +0$/m);
  assert.match(tried.stdout, /^Links from strangers +2 +0 +0 +0 +0$/m);
  const kept = await run(['rules', 'test', '-f', rules]);
  assert.equal(kept.code, 1);
  assert.match(kept.stderr, /this server keeps no messages/);
  const broken = file('broken.jsonl', `${webhook('1', 'x')}\nnonsense`);
  assert.match(
    (await run(['rules', 'test', '-f', rules, '--webhooks', broken])).stderr,
    /broken.jsonl, line 2: this is no webhook in JSON/,
  );

  await apply(good);
  const more = file(
    'more.yaml',
    'rules:\n  - { name: Bets, when: { text: { words: [bet] } }, action: { type: flag } }',
  );
  const added = await run(['rules', 'add', '-f', more, '--json']);
  assert.deepEqual(
    rows(added.stdout).map(({ name, order }: { name: string; order: number }) => [name, order]),
    [
      ['Loans', 0],
      ['Links from strangers', 1],
      ['Bets', 2],
    ],
    added.stderr,
  );
  for (const [command, mode] of [
    ['enable', 'enforce'],
    ['observe', 'observe'],
    ['disable', 'off'],
  ] as const) {
    const { code, stdout } = await run(['rules', command, 'bets']);
    assert.deepEqual([code, new RegExp(`Bets +${mode} +flag`).test(stdout)], [0, true], stdout);
  }
});

test('a key that may not change rules is told so', async (t) => {
  const { run, call, folder } = await start(t);
  const { body } = await call('POST', '/blockhouse/v1/keys', {
    body: { name: 'support', role: 'agent', numbers: [demoNumber] },
  });
  const path = join(folder, 'good.yaml');
  writeFileSync(path, good);
  const { code, stderr } = await run(['rules', 'apply', '-f', path, '--key', body.key]);
  assert.equal(code, 1);
  assert.match(stderr, /Use a key whose role allows this command/);
});
