// Shows that the counts of auto-block rules add up after kill -9 under load: every message that was acknowledged is
// counted once, as admitted, dropped, or held, and so is each action of a rule.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { demoNumber } from './harness.ts';
import { type Member, startMember } from './process.ts';
import { testStoreUrl } from './test-store.ts';

const rounds = 3;
const messagesPerRound = 150;

/** Texts: one that passes, and one for each rule. */
const texts = ['hello', 'a loan', 'a bet', 'a prize'] as const;

const rules = [
  { name: 'block', when: { text: { words: ['loan'] } }, action: { type: 'block' } },
  { name: 'hold', when: { text: { words: ['bet'] } }, action: { type: 'hold' } },
  { name: 'flag', when: { text: { words: ['prize'] } }, action: { type: 'flag' } },
].map((rule) => ({ ...rule, mode: 'enforce', blocks_per_hour: 10_000 }));

type Counts = Record<'admitted' | 'dropped' | 'held', number>;

/** Sums of the number's traffic, and of the actions, blocks, and reviews of its rules. */
async function countsOf({ call }: Member) {
  const own = `/blockhouse/v1/numbers/${demoNumber}`;
  const traffic = (await call('GET', `${own}/traffic`)).body.data as Counts[];
  const sum = (kind: keyof Counts) => traffic.reduce((total, hour) => total + hour[kind], 0);
  const acted = new Map<string, number>();
  for (const rule of (await call('GET', '/blockhouse/v1/rules')).body.data)
    acted.set(rule.name, rule.last_24_hours.acted);
  const kinds: string[] = [];
  for (let after = ''; ; ) {
    const { body } = await call('GET', `${own}/reviews?limit=1000${after && `&after=${after}`}`);
    kinds.push(...body.data.map(({ kind }: { kind: string }) => kind));
    if (body.paging.after === undefined) break;
    after = body.paging.after;
  }
  return {
    admitted: sum('admitted'),
    dropped: sum('dropped'),
    held: sum('held'),
    acted,
    blocked: (await call('GET', `${own}/blocks?limit=1`)).body.total as number,
    reviews: { held: kinds.filter((kind) => kind === 'held').length, flagged: kinds.length },
  };
}

test('after kill -9 under load, messages and matches are counted once', async (t) => {
  const store = testStoreUrl(join(tempFolder(t), 'db'));
  const acknowledged: Counts = { admitted: 0, dropped: 0, held: 0 };
  let sent = 0;
  let nextUser = 16_500_000_000;
  for (let round = 0; round < rounds; round++) {
    const server = await startMember(t, store);
    if (round === 0) assert.equal((await server.call('PUT', '/blockhouse/v1/rules', { rules })).status, 200);
    let left = messagesPerRound;
    const client = async () => {
      while (true) {
        const user = nextUser++;
        sent++;
        const { status, body } = await server.call('POST', `/blockhouse/v1/numbers/${demoNumber}/inbound`, {
          messages: [{ from: String(user), type: 'text', text: { body: texts[user % texts.length] } }],
        });
        assert.equal(status, 200, JSON.stringify(body));
        for (const kind of ['admitted', 'dropped', 'held'] as const) acknowledged[kind] += body[kind].length;
        if (--left === 0) server.child.kill('SIGKILL');
      }
    };
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, client));
    for (const outcome of outcomes)
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof TypeError, String(outcome));
    await server.end('SIGKILL');
  }
  const again = await startMember(t, store);
  const { admitted, dropped, held, acted, blocked, reviews } = await countsOf(again);
  await again.end('SIGTERM');
  for (const [kind, count] of Object.entries({ admitted, dropped, held }))
    assert.ok(count >= acknowledged[kind as keyof Counts], `${kind} messages are lost`);
  const counted = admitted + dropped + held;
  assert.ok(counted <= sent, `${counted} of ${sent} messages are counted`);
  // Each text is of another rule, so its messages are the messages of that rule.
  assert.deepEqual([acted.get('block'), blocked], [dropped, dropped]);
  assert.deepEqual([acted.get('hold'), reviews.held], [held, held]);
  assert.equal(acted.get('flag'), reviews.flagged - reviews.held);
});
