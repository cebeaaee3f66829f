// Shows which messages to a local number are admitted and dropped, and which webhooks they cause.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blocklistMax, decideInbound, type InboundMessage, webhookRetentionMs } from '@blockhouse/engine';
import { factsOf, listening, nowMs } from './facts.ts';

const free = 16505551234;
const blocked = 14155559876;
const facts = factsOf({ [free]: { lastInboundMs: null }, [blocked]: { blocked: true } });
const message = (id: string, from: number): InboundMessage => ({
  id,
  from,
  name: null,
  content: { type: 'text' },
});
const renderMessage = ({ id }: InboundMessage) => `message ${id}`;

test("a blocked user's message is dropped and opens no window; any other is admitted", () => {
  const messages = [message('a', free), message('b', blocked), message('c', free), message('d', blocked)];
  const { answer, change } = decideInbound(facts, messages, { atMs: nowMs, render: renderMessage });
  assert.deepEqual(answer, {
    admitted: ['a', 'c'],
    dropped: ['b', 'd'],
    held: [],
    matches: [],
    newSenders: 0,
  });
  assert.deepEqual([...(change?.admitted ?? [])], [[free, { count: 2, name: null }]]);
  assert.deepEqual([...(change?.dropped ?? [])], [[blocked, 2]]);
  assert.equal(change?.blocklist, null);
  assert.deepEqual(change?.webhooks, [], 'the number has no receiver');
});

test('only admitted messages cause a webhook, in order, and the same message one within 24 hours', () => {
  const messages = ['a', 'b', 'a', 'old', 'new'].map((id) => message(id, id === 'b' ? blocked : free));
  const seenAtMs = new Map([
    ['old', nowMs - webhookRetentionMs],
    ['new', nowMs - webhookRetentionMs + 1],
  ]);
  const { answer, change } = decideInbound({ ...listening(facts), seenAtMs }, messages, {
    atMs: nowMs,
    render: renderMessage,
  });
  assert.deepEqual(answer, {
    admitted: ['a', 'a', 'old', 'new'],
    dropped: ['b'],
    held: [],
    matches: [],
    newSenders: 0,
  });
  assert.deepEqual(change?.webhooks, [
    { waId: free, messageId: 'a', body: 'message a' },
    { waId: free, messageId: 'old', body: 'message old' },
  ]);
});

const cause = { keyId: 'key_a', person: 'Eve', source: 'panel', note: 'spam' } as const;
const waiting = { cause, placedAtMs: nowMs - 1, untilMs: nowMs + 9 };

test('a message triggers a standing block: the window opens, the block is placed, the message is dropped', () => {
  const known = listening(factsOf({ [free]: { standing: waiting, lastInboundMs: null, dropped: 3 } }));
  const messages = [message('a', free), message('b', free)];
  const { answer, change } = decideInbound(known, messages, { atMs: nowMs, render: renderMessage });
  assert.deepEqual(answer, { admitted: [], dropped: ['a', 'b'], held: [], matches: [], newSenders: 0 });
  const placed = { ...cause, source: 'standing' };
  assert.deepEqual(change?.blocklist?.added, [
    { waId: free, cause: placed, untilMs: nowMs + 9, droppedBefore: 3 },
  ]);
  assert.deepEqual(change?.endedStanding, [free]);
  assert.deepEqual([...(change?.admitted ?? [])], [[free, { count: 0, name: null }]]);
  assert.deepEqual([...(change?.dropped ?? [])], [[free, 2]]);
  assert.deepEqual(change?.webhooks, []);
  assert.deepEqual(change?.activity, [
    { atMs: nowMs, operation: 'block', waId: free, input: String(free), outcome: 'done', ...placed },
  ]);
});

test('on a full list the standing block stays, the activity says so, and the message is dropped', () => {
  const known = factsOf({ [free]: { standing: waiting } }, { version: 1, size: blocklistMax });
  const { answer, change } = decideInbound(known, [message('a', free)], {
    atMs: nowMs,
    render: renderMessage,
  });
  assert.deepEqual(answer.dropped, ['a']);
  assert.deepEqual([change?.blocklist, change?.endedStanding], [null, []]);
  assert.deepEqual(
    change?.activity.map(({ outcome }) => outcome),
    ['list_full'],
  );
});

test('an expired block or standing block lets messages through', () => {
  const block = { keyId: 'key_a', source: 'api', sinceMs: nowMs - 1000, untilMs: nowMs } as const;
  const known = factsOf(
    { [free]: { standing: { ...waiting, untilMs: nowMs } }, [blocked]: { blocked: true, block } },
    { version: 1, size: 1 },
  );
  const { answer, change } = decideInbound(known, [message('a', free), message('b', blocked)], {
    atMs: nowMs,
    render: renderMessage,
  });
  assert.deepEqual(answer, { admitted: ['a', 'b'], dropped: [], held: [], matches: [], newSenders: 0 });
  assert.deepEqual([change?.blocklist?.removed, change?.endedStanding], [[blocked], [free]]);
});
