// Shows the calls for auto-block rules, the allowlist, and reviews against a real server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Blockhouse, NotFoundError, type RulesDocument } from '@blockhouse/client';
import { metaMessage, metaWebhook } from '../../server/test/gateway/meta-webhook.ts';
import { demoNumber, startServer } from '../../server/test/harness.ts';

const ana = '16505551234';

const document: RulesDocument = {
  rules: [
    {
      name: 'Loans',
      mode: 'enforce',
      when: { text: { words: ['loan'] }, same_content: { over_senders: 1, within: '1h' } },
      action: { type: 'block', keep_message: true },
    },
    { name: 'Bets', mode: 'enforce', when: { text: { words: ['bet'] } }, action: { type: 'hold' } },
  ],
};

test('rules are applied and undone, users are allowed, and messages are reviewed', async (t) => {
  const { url, key, call } = await startServer(t);
  const { rules, reviews, blocks } = new Blockhouse({ baseUrl: url, token: key });
  const applied = await rules.apply(document);
  assert.deepEqual(
    applied.map(({ name, when, action }) => ({ name, when, action })),
    document.rules.map(({ name, when, action }) => ({ name, when, action })),
    'the names of fields are those of the API',
  );
  const write = (from: string, body: string) =>
    call('POST', `/blockhouse/v1/numbers/${demoNumber}/inbound`, {
      body: { messages: [{ from, type: 'text', text: { body } }] },
    });
  for (const from of [ana, '14155559876']) await write(from, 'do you need a loan of 500 dollars?');
  await write(ana, 'a bet');
  await write(ana, 'another bet');

  const waiting = [];
  for await (const review of reviews.list(demoNumber)) waiting.push(review);
  assert.deepEqual(
    waiting.map(({ kind, rule, waId }) => [kind, rule.name, waId]),
    [
      ['kept', 'Loans', '14155559876'],
      ['held', 'Bets', ana],
      ['held', 'Bets', ana],
    ],
  );
  const [first] = waiting;
  assert.ok(JSON.stringify(first?.webhook).includes('"messaging_product"'), 'the webhook keeps its names');
  assert.equal((await reviews.page(demoNumber, { limit: 2 })).total, 3);
  const ids = waiting.map(({ id }) => id);
  assert.deepEqual(await reviews.decide(demoNumber, ids, 'discard'), { decided: ids, gone: [] });
  assert.deepEqual(await reviews.decide(demoNumber, ids, 'release'), { decided: [], gone: ids });

  const [loans] = await rules.list();
  assert.deepEqual(loans?.last_24_hours, { matched: 1, acted: 1 });
  const undone = await rules.undo(loans?.id ?? '', '2020-01-01T00:00:00Z');
  assert.deepEqual(undone, { unblocked: 1, failed: 0 });
  assert.deepEqual((await blocks.page(demoNumber)).rows, []);

  assert.deepEqual(await rules.allow([`+${ana}`]), [ana]);
  assert.deepEqual(await rules.allowlist(), [ana]);
  assert.deepEqual(await rules.disallow([ana]), []);
});

test('a rule is created, tried, changed and deleted', async (t) => {
  const { url, key } = await startServer(t);
  const { rules } = new Blockhouse({ baseUrl: url, token: key });
  const draft = { name: 'Loans', when: { text: { words: ['loan'] } }, action: { type: 'hold' } } as const;
  const messages = [metaMessage(ana, 'wamid.1', { text: { body: 'a loan' } })];
  const webhook = JSON.parse(metaWebhook({ messages })) as object;
  const { matched, users, samples } = await rules.replay(draft, { webhooks: [webhook] });
  assert.deepEqual([matched, users, samples[0]?.wa_id], [1, 1, ana]);
  assert.deepEqual(await rules.list(), [], 'a replay changes nothing');

  const { id, mode } = await rules.create(draft);
  assert.equal(mode, 'observe');
  const changed = await rules.change(id, { mode: 'enforce' });
  assert.deepEqual([changed.name, changed.mode, changed.version], ['Loans', 'enforce', 2]);
  await rules.delete(id);
  assert.deepEqual(await rules.list(), []);
  await assert.rejects(rules.change(id, { mode: 'off' }), NotFoundError);
});
