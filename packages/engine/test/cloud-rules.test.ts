// Shows how the answers of Meta about a cloud number are recorded.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideAnswered, decideExpiry, decideRemovedElsewhere, type Outcome } from '@blockhouse/engine';
import { factsOf, cloudFacts as known, nowMs } from './facts.ts';

const ana = 16505551234;
const ben = 14155559876;
const actor = { keyId: 'key_a', person: null, source: 'api' } as const;
const standing = { cause: { ...actor, note: 'spam' }, placedAtMs: nowMs - 5000, untilMs: null };

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
  text: { code: 131047, message: 'm', details: 'd' },
};

test("the platform's answer is recorded: the users it has blocked, with the cause of each block", () => {
  const facts = known({ [ana]: { lastInboundMs: null }, [ben]: { standing } });
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

test('a user refused because of the window gets a standing block where the request asks for it', () => {
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

test("a block ends the user's standing block, whatever the notes contain", () => {
  const facts = known({ [ana]: { blocked: true, standing } });
  const { change } = decideAnswered(facts, request('block', [ana]), [done]);
  assert.deepEqual(change?.endedStanding, [ana]);
});

test('a wa_id that the platform answers is stored in the place of the one that was written', () => {
  const facts = known({ [ana]: {}, [ben]: {} });
  const { change } = decideAnswered(facts, request('block', [ana]), [{ ...done, waId: ben }]);
  assert.deepEqual(
    change?.blocklist?.added.map(({ waId }) => waId),
    [ben],
  );
});

test('blocking again keeps the expiry of a block; an expired block starts over', () => {
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
  assert.equal(failed?.blocklist, null, 'a user who was not blocked anew keeps the notes');
});

test('a block that gets a later end while the platform is asked to end it stays', () => {
  const block = { keyId: 'key_b', source: 'api', sinceMs: 0, untilMs: nowMs + 1 } as const;
  const facts = known({ [ana]: { blocked: true, block } }, { version: 1, size: 1 });
  assert.equal(decideRemovedElsewhere(facts, [gone(ana)], { atMs: nowMs, source: 'until' }).change, null);
});

test('an unknown outcome is recorded as unknown, and changes nothing', () => {
  const unknown: Outcome = {
    done: false,
    reason: 'unknown',
    text: { code: 139103, message: 'm', details: 'd' },
  };
  const { change } = decideAnswered(known({ [ana]: {} }), request('block', [ana]), [unknown]);
  assert.equal(change?.blocklist, null);
  assert.deepEqual(
    change?.activity.map(({ outcome }) => outcome),
    ['unknown'],
  );
});

test('a block at the platform does not end by itself here; the notes of a user who has left the list are removed', () => {
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
