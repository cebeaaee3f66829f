// Shows which messages from Meta's webhooks are admitted and dropped, and which webhooks pass them on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideIngest, type WebhookItem, webhookRetentionMs } from '@blockhouse/engine';
import { cloudFacts as known, nowMs, number } from './facts.ts';

const ana = 16505551234;
const ben = 14155559876;
const cause = { keyId: 'key_a', person: null, source: 'api', note: 'spam' } as const;
const standing = { cause, placedAtMs: nowMs - 5000, untilMs: null };

const options = { atMs: nowMs };

const messageFrom = (
  user: number,
  key: string,
  over: Partial<NonNullable<WebhookItem['message']>> = {},
): WebhookItem => ({
  key,
  user,
  message: { sentAtMs: nowMs, name: null, ...over },
  isOutbound: false,
  body: `{"${key}"}`,
});

test('a message opens the window and is passed on; a status and any other event are only passed on', () => {
  const items: readonly WebhookItem[] = [
    messageFrom(ana, 'a', { name: ' Ana ' }),
    { key: 'b sent', user: ben, message: null, isOutbound: true, body: 'b' },
    { key: 'c', user: null, message: null, isOutbound: false, body: 'c' },
  ];
  const { answer, change } = decideIngest(known({ [ana]: {}, [ben]: {} }), items, options);
  assert.deepEqual(answer, {
    admitted: 1,
    dropped: 0,
    held: 0,
    late: 0,
    triggered: [],
    matches: [],
    newSenders: 0,
  });
  assert.deepEqual(change?.messages, []);
  assert.deepEqual(change?.admitted, new Map([[ana, { count: 1, name: 'Ana', openedAtMs: nowMs }]]));
  assert.deepEqual(
    change?.webhooks.map(({ waId, messageId }) => [waId, messageId]),
    [
      [ana, 'a'],
      [ben, 'b sent'],
      [number.waId, 'c'],
    ],
  );
});

test('a message that triggers a standing block is dropped, opens the window, and leaves the standing block until the platform has answered', () => {
  const facts = known({ [ana]: { standing }, [ben]: {} });
  const { answer, change } = decideIngest(
    facts,
    [messageFrom(ana, 'a'), messageFrom(ana, 'b'), messageFrom(ben, 'c')],
    options,
  );
  assert.deepEqual(answer, {
    admitted: 1,
    dropped: 2,
    late: 0,
    held: 0,
    triggered: [ana],
    matches: [],
    newSenders: 0,
  });
  const untilMs = nowMs + webhookRetentionMs;
  assert.deepEqual(change?.messages, [
    { id: 'a', callbackData: null, untilMs },
    { id: 'b', callbackData: null, untilMs },
  ]);
  assert.deepEqual(change?.dropped, new Map([[ana, 2]]));
  assert.deepEqual(change?.admitted.get(ana), { count: 0, name: null, openedAtMs: nowMs });
  assert.deepEqual(
    change?.webhooks.map(({ messageId }) => messageId),
    ['c'],
  );
  assert.deepEqual([change?.endedStanding, change?.blocklist], [[], null]);
});

test('a message written before the block was confirmed is dropped as well; one written later is admitted', () => {
  const block = { keyId: 'key_a', source: 'standing', sinceMs: nowMs - 1000, untilMs: null } as const;
  const facts = known({ [ana]: { blocked: true, block } });
  const late = decideIngest(facts, [messageFrom(ana, 'a', { sentAtMs: nowMs - 2000 })], options);
  assert.deepEqual(late.answer, {
    admitted: 0,
    dropped: 1,
    held: 0,
    late: 0,
    triggered: [],
    matches: [],
    newSenders: 0,
  });
  assert.deepEqual(
    late.change?.messages.map(({ id }) => id),
    ['a'],
  );
  const later = decideIngest(facts, [messageFrom(ana, 'a', { sentAtMs: nowMs })], options);
  assert.deepEqual(later.answer, {
    admitted: 1,
    dropped: 0,
    held: 0,
    late: 0,
    triggered: [],
    matches: [],
    newSenders: 0,
  });
  assert.deepEqual(later.change?.messages, []);
});

test('a message that took more than a day opens no window, and triggers no standing block', () => {
  const old = { sentAtMs: nowMs - 24 * 3_600_000 - 1000 };
  const { answer, change } = decideIngest(
    known({ [ana]: { standing, lastInboundMs: null }, [ben]: { lastInboundMs: null } }),
    [messageFrom(ana, 'a', old), messageFrom(ben, 'b', old)],
    options,
  );
  assert.deepEqual(answer, {
    admitted: 1,
    dropped: 1,
    held: 0,
    late: 2,
    triggered: [],
    matches: [],
    newSenders: 0,
  });
  assert.deepEqual(
    change?.messages.map(({ id }) => id),
    ['a'],
  );
  // The time is noted, but it is too old to open a window.
  const openedAtMs = old.sentAtMs + 999;
  assert.deepEqual(
    [...(change?.admitted ?? [])].map(([user, opened]) => [user, opened.openedAtMs]),
    [
      [ana, openedAtMs],
      [ben, openedAtMs],
    ],
  );
  assert.equal(change?.webhooks.length, 1);
});

test('a repeated item is recognized for a day', () => {
  const facts = { ...known({ [ana]: {} }), seenAtMs: new Map([['a', nowMs - 1000]]) };
  const { answer, change } = decideIngest(
    facts,
    [messageFrom(ana, 'a'), messageFrom(ana, 'b'), messageFrom(ana, 'b')],
    options,
  );
  assert.equal(answer.admitted, 1);
  assert.deepEqual(
    change?.webhooks.map(({ messageId }) => messageId),
    ['b'],
  );
});
