// Shows that when 10,000 users are blocked over a failing connection, our answer, Meta's list and the activity say the same, or that nobody
// can know.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber, type Running, startServer } from '../harness.ts';
import { startGateway } from './gateway.ts';
import { startProxy, type UpstreamFailure, upstreamFailures } from './upstream-proxy.ts';

const users = Array.from({ length: 10_000 }, (_, index) => String(16_500_000_000 + index));
const ways: readonly UpstreamFailure[] = Object.values(upstreamFailures);

async function writeAll({ call }: Running, writers: readonly string[]): Promise<void> {
  for (let start = 0; start < writers.length; start += 1000) {
    const messages = writers.slice(start, start + 1000).map((from) => ({ from, type: 'text' }));
    await call('POST', `/blockhouse/v1/numbers/${demoNumber}/inbound`, { body: { messages } });
  }
}

/** Everybody on Meta's own list. */
async function listOf({ list }: Running): Promise<ReadonlySet<string>> {
  const rows = new Set<string>();
  for (let after = ''; ; ) {
    const { body } = await list(`?limit=1000${after}`);
    for (const { wa_id: waId } of body.data) rows.add(waId);
    if (body.paging?.next === undefined) return rows;
    after = `&after=${body.paging.cursors.after}`;
  }
}

test('10,000 users, one request in five failing in every known way', async (t) => {
  const meta = await startServer(t);
  // One in ten never wrote.
  const writers = users.filter((_, index) => index % 10 !== 0);
  await writeAll(meta, writers);
  let failures = 0;
  let isFair = true;
  const proxy = await startProxy(t, meta.url, (nth) => {
    if (isFair || nth % 5 !== 0) return null;
    return ways[failures++ % ways.length] ?? null;
  });
  const { gateway } = await startGateway(t, {
    meta: { ...meta, url: proxy.url },
    over: { upstreamTimeoutMs: 1000 },
  });
  isFair = false;
  // Often enough for every failure to occur; a user who is blocked stays blocked.
  for (let round = 0; failures < ways.length; round++) {
    assert.ok(round < 20, 'too few failures occurred');
    const body = { users, numbers: [demoNumber], note: `round ${round}` };
    const answer = await gateway.call('POST', '/blockhouse/v1/blocks', { body });
    assert.equal(answer.status, 200);
    const list = await listOf(meta);
    const results: readonly { user: string; outcome: string; reason?: string }[] = answer.body.results;
    assert.deepEqual(
      results.map(({ user }) => user),
      users,
    );
    for (const { user, outcome, reason } of results) {
      if (outcome === 'blocked') assert.ok(list.has(user), `${user} was said to be blocked`);
      else if (outcome === 'refused') assert.equal(reason, 'window_closed');
      else if (outcome === 'not_tried')
        assert.ok(round > 0 || !list.has(user), `${user} was said not to be blocked`);
      else assert.equal(outcome, 'unknown');
      if (outcome === 'refused') assert.ok(!list.has(user));
    }
    const words: Readonly<Record<string, string>> = {
      done: 'blocked',
      unchanged: 'blocked',
      window_closed: 'refused',
    };
    const told = new Map<string, string>();
    for (let after = ''; ; ) {
      const { body: page } = await gateway.call('GET', `/blockhouse/v1/activity?limit=1000${after}`);
      for (const entry of page.data) if (entry.note === body.note) told.set(entry.user, entry.outcome);
      if (page.paging.after === undefined) break;
      after = `&after=${page.paging.after}`;
    }
    for (const { user, outcome } of results) {
      const word = told.get(user) ?? 'nothing';
      assert.equal(words[word] ?? (word === 'failed' ? 'not_tried' : word), outcome, user);
    }
  }
  isFair = true;
  const last = await gateway.call('POST', '/blockhouse/v1/blocks', {
    body: { users, numbers: [demoNumber] },
  });
  const { counts } = last.body.run;
  assert.deepEqual(counts, { blocked: writers.length, refused: users.length - writers.length });
  assert.deepEqual(await listOf(meta), new Set(writers));
  const rich = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks?limit=1000`);
  assert.equal(rich.body.total, writers.length);
  assert.ok(rich.body.data.every(({ note }: { note: string | null }) => note !== null));
});
