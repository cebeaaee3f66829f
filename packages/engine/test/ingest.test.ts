// Shows what is made of what a platform tells of its number, and of what it answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decideAnswered,
  decideExpiry,
  decideIngest,
  decideRemovedElsewhere,
  type Outcome,
  type WebhookItem,
} from '@blockhouse/engine';
import { factsOf, nowMs, number } from './facts.ts';

const ana = 16505551234;
const ben = 14155559876;
const actor = { keyId: 'key_a', person: null, source: 'api' } as const;
const cause = { ...actor, note: 'spam' };
const order = { cause, placedAtMs: nowMs - 5000, untilMs: null };
const cloud = {
  ...number,
  upstream: { baseUrl: 'https://x', version: null, token: 't', appSecret: null, verifyToken: null },
  webhook: { url: 'https://y', appSecret: 's', verifyToken: 'v' },
};
const known = (...given: Parameters<typeof factsOf>) => ({ ...factsOf(...given), number: cloud });

const seen: ReadonlySet<string> = new Set();
const options = { atMs: nowMs, seen };

const said = (
  user: number,
  key: string,
  over: Partial<NonNullable<WebhookItem['message']>> = {},
): WebhookItem => ({
  key,
  user,
  message: { sentAtMs: nowMs, name: null, ...over },
  body: `{"${key}"}`,
});

test('a message opens the window and goes on; a status and any other event only go on', () => {
  const pieces: readonly WebhookItem[] = [
    said(ana, 'a', { name: ' Ana ' }),
    { key: 'b sent', user: ben, message: null, body: 'b' },
    { key: 'c', user: null, message: null, body: 'c' },
  ];
  const { answer, change } = decideIngest(known({ [ana]: {}, [ben]: {} }), pieces, options);
  assert.deepEqual(answer, { admitted: 1, dropped: 0, late: 0, triggered: [], withoutWebhook: [] });
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

test('what meets a standing block is kept back, opens the window, and leaves the order until the platform has answered', () => {
  const facts = known({ [ana]: { standing: order }, [ben]: {} });
  const { answer, change } = decideIngest(facts, [said(ana, 'a'), said(ana, 'b'), said(ben, 'c')], options);
  assert.deepEqual(answer, {
    admitted: 1,
    dropped: 2,
    late: 0,
    triggered: [ana],
    withoutWebhook: ['a', 'b'],
  });
  assert.deepEqual(change?.dropped, new Map([[ana, 2]]));
  assert.deepEqual(change?.admitted.get(ana), { count: 0, name: null, openedAtMs: nowMs });
  assert.deepEqual(
    change?.webhooks.map(({ messageId }) => messageId),
    ['c'],
  );
  assert.deepEqual([change?.endedStanding, change?.blocklist], [[], null]);
});

test('what was written before the block was confirmed is kept back as well; what is written later was let through', () => {
  const block = { keyId: 'key_a', source: 'standing', sinceMs: nowMs - 1000, untilMs: null } as const;
  const facts = known({ [ana]: { blocked: true, block } });
  const late = decideIngest(facts, [said(ana, 'a', { sentAtMs: nowMs - 2000 })], options);
  assert.deepEqual(late.answer, { admitted: 0, dropped: 1, late: 0, triggered: [], withoutWebhook: ['a'] });
  const later = decideIngest(facts, [said(ana, 'a', { sentAtMs: nowMs })], options);
  assert.deepEqual(later.answer, { admitted: 1, dropped: 0, late: 0, triggered: [], withoutWebhook: [] });
});

test('a message that took more than a day opens no window, and lets nobody be blocked', () => {
  const old = { sentAtMs: nowMs - 24 * 3_600_000 - 1000 };
  const { answer, change } = decideIngest(
    known({ [ana]: { standing: order, lastInboundMs: null }, [ben]: { lastInboundMs: null } }),
    [said(ana, 'a', old), said(ben, 'b', old)],
    options,
  );
  assert.deepEqual(answer, { admitted: 1, dropped: 1, late: 2, triggered: [], withoutWebhook: ['a'] });
  // When they wrote is known from now on, and it opens nothing.
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

test('what comes again is known for a day', () => {
  const facts = { ...known({ [ana]: {} }), seenAtMs: new Map([['a', nowMs - 1000]]) };
  const { answer, change } = decideIngest(facts, [said(ana, 'a'), said(ana, 'b'), said(ana, 'b')], options);
  assert.equal(answer.admitted, 1);
  assert.deepEqual(
    change?.webhooks.map(({ messageId }) => messageId),
    ['b'],
  );
});

const request = (
  operation: 'block' | 'unblock',
  users: readonly number[],
  whenClosed: 'refuse' | 'standing' = 'refuse',
) => ({
  operation,
  targets: users.map((waId) => ({ input: String(waId), ref: { kind: 'user', waId, by: 'phone' } as const })),
  actor,
  terms: { note: 'spam' },
  whenClosed,
  atMs: nowMs,
});
const gone = (waId: number) => ({ waId, input: String(waId) });
const done: Outcome = { done: true, changed: true };
const closed: Outcome = {
  done: false,
  reason: 'window_closed',
  words: { code: 131047, message: 'm', details: 'd' },
};

test("the platform's answer is written down: who it has blocked, with who asked and why", () => {
  const facts = known({ [ana]: { lastInboundMs: null }, [ben]: { standing: order } });
  const { answer, change } = decideAnswered(facts, request('block', [ana, ben, ana]), [done, done, done]);
  assert.deepEqual(
    answer.map((outcome) => outcome.done && outcome.changed),
    [true, true, false],
  );
  assert.deepEqual(
    change?.blocklist?.added.map(({ waId }) => waId),
    [ana, ben],
  );
  assert.deepEqual(change?.endedStanding, [ben]);
});

test('whom it refuses because of the window gets a standing block, where that was asked for', () => {
  const facts = known({ [ana]: {} });
  const { answer, change } = decideAnswered(facts, request('block', [ana], 'standing'), [closed]);
  assert.deepEqual(answer, [{ ...closed, standing: true }]);
  assert.deepEqual(
    change?.standing.map(({ waId }) => waId),
    [ana],
  );
  assert.deepEqual(
    change?.activity.map(({ outcome }) => outcome),
    ['standing'],
  );
});

test('who is blocked has no order left, whatever was known here', () => {
  const facts = known({ [ana]: { blocked: true, standing: order } });
  const { change } = decideAnswered(facts, request('block', [ana]), [done]);
  assert.deepEqual(change?.endedStanding, [ana]);
});

test('another wa_id than the one that was written is the one that is kept', () => {
  const facts = known({ [ana]: {}, [ben]: {} });
  const { change } = decideAnswered(facts, request('block', [ana]), [{ ...done, waId: ben }]);
  assert.deepEqual(
    change?.blocklist?.added.map(({ waId }) => waId),
    [ben],
  );
});

test('blocked again at the platform, a block keeps its end; one whose time is over begins anew', () => {
  const block = { keyId: 'key_b', source: 'api', sinceMs: nowMs - 1000, untilMs: nowMs + 1 } as const;
  const asked = request('block', [ana]);
  const running = known({ [ana]: { blocked: true, block } }, { version: 1, size: 1 });
  const kept = decideAnswered(running, asked, [done]).change;
  assert.deepEqual([kept?.blocklist, kept?.amended], [null, [{ waId: ana, note: 'spam' }]]);
  const over = known(
    { [ana]: { blocked: true, block: { ...block, untilMs: nowMs } } },
    { version: 1, size: 1 },
  );
  const { answer, change } = decideAnswered(over, asked, [done]);
  assert.deepEqual(answer, [done]);
  const { size, removed, added } = change?.blocklist ?? {};
  assert.deepEqual([size, removed], [1, [ana]]);
  assert.deepEqual(
    added?.map(({ waId, untilMs }) => [waId, untilMs]),
    [[ana, null]],
  );
  const failed = decideAnswered(over, asked, [closed]).change;
  assert.equal(failed?.blocklist, null, 'who was not blocked anew is left to the platform');
});

test('a block that was given a later end while the platform was asked to end it is left', () => {
  const block = { keyId: 'key_b', source: 'api', sinceMs: 0, untilMs: nowMs + 1 } as const;
  const facts = known({ [ana]: { blocked: true, block } }, { version: 1, size: 1 });
  assert.equal(decideRemovedElsewhere(facts, [gone(ana)], { atMs: nowMs, source: 'until' }).change, null);
});

test('what nobody knows is written down as unknown, and changes nothing', () => {
  const unknown: Outcome = {
    done: false,
    reason: 'unknown',
    words: { code: 139103, message: 'm', details: 'd' },
  };
  const { change } = decideAnswered(known({ [ana]: {} }), request('block', [ana]), [unknown]);
  assert.equal(change?.blocklist, null);
  assert.deepEqual(
    change?.activity.map(({ outcome }) => outcome),
    ['unknown'],
  );
});

test('a block at the platform does not end by itself here; who has left its list is forgotten', () => {
  const block = { keyId: 'key_b', source: 'api', sinceMs: 0, untilMs: nowMs } as const;
  const facts = known({ [ana]: { blocked: true, block } }, { version: 1, size: 1 });
  assert.equal(decideExpiry(facts, nowMs).change, null);
  const { change } = decideRemovedElsewhere(facts, [ana, ben].map(gone), { atMs: nowMs, source: 'until' });
  assert.deepEqual(change?.blocklist?.removed, [ana]);
  assert.deepEqual(
    change?.activity.map(({ outcome, keyId, source }) => [outcome, keyId, source]),
    [['expired', 'key_b', 'until']],
  );
  assert.equal(
    decideRemovedElsewhere(factsOf({ [ben]: {} }), [gone(ben)], { atMs: nowMs, source: 'elsewhere' }).change,
    null,
  );
});
