// Shows every rule of blocking and unblocking, and which one answers when several apply.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BlocklistRequest,
  blocklistMax,
  decideBlocklist,
  nextVersion,
  outcomeWord,
  type UserFacts,
  windowMs,
} from '@blockhouse/engine';
import { factsOf, nowMs, number, profileOf } from './facts.ts';

const user = 16505551234;
const other = 14155559876;

function request(operation: 'block' | 'unblock', ...waIds: (number | null)[]): BlocklistRequest {
  return {
    operation,
    keyId: 'key_a',
    atMs: nowMs,
    targets: waIds.map((waId) => ({
      input: String(waId),
      ref: waId === null ? { kind: 'nobody' } : { kind: 'user', waId, by: 'phone' },
    })),
  };
}

/** What makes each answer of a block apply, in the documented order. */
const conditions: readonly { answer: string; facts: Partial<UserFacts>; self?: true; full?: true }[] = [
  { answer: 'not_a_user', facts: { profile: profileOf('none') } },
  { answer: 'self', facts: {}, self: true },
  { answer: 'business', facts: { isNumber: true } },
  { answer: 'unchanged', facts: { blocked: true } },
  { answer: 'window_closed', facts: { lastInboundMs: nowMs - windowMs } },
  { answer: 'list_full', facts: {}, full: true },
];

for (const [index, first] of conditions.entries()) {
  for (const second of [first, ...conditions.slice(index + 1)]) {
    test(`blocking: ${first.answer} answers before ${second.answer}`, () => {
      const waId = first.self || second.self ? number.waId : user;
      const size = first.full || second.full ? blocklistMax : 0;
      const facts = factsOf({ [waId]: { ...second.facts, ...first.facts } }, { version: 1, size });
      const { answer, change } = decideBlocklist(facts, request('block', waId));
      assert.deepEqual(answer.map(outcomeWord), [first.answer]);
      assert.equal(change?.blocklist, null);
    });
  }
}

test('blocking appends in the order of the request and moves the version', () => {
  const facts = factsOf({ [user]: {}, [other]: {} }, { version: 5, size: 3 });
  const { answer, change } = decideBlocklist(facts, request('block', other, user));
  assert.deepEqual(answer.map(outcomeWord), ['done', 'done']);
  assert.deepEqual(change?.blocklist, {
    version: nowMs * 1000 + (number.waId % 1000),
    size: 5,
    added: [other, user],
    removed: [],
    keyId: 'key_a',
  });
});

test('who is named twice has two results and is applied once', () => {
  for (const operation of ['block', 'unblock'] as const) {
    const facts = factsOf({ [user]: { blocked: operation === 'unblock' } }, { version: 1, size: 1 });
    const { answer, change } = decideBlocklist(facts, request(operation, user, user, user));
    assert.deepEqual(answer.map(outcomeWord), ['done', 'unchanged', 'unchanged']);
    const { added, removed } = change?.blocklist ?? { added: [], removed: [] };
    assert.deepEqual([...added, ...removed], [user]);
  }
});

test('the last free place goes to the first in the request; who is on the list needs none', () => {
  const blocked = 447700900123;
  const facts = factsOf(
    { [user]: {}, [other]: {}, [blocked]: { blocked: true } },
    { version: 1, size: blocklistMax - 1 },
  );
  const { answer, change } = decideBlocklist(facts, request('block', user, other, user, blocked));
  assert.deepEqual(answer.map(outcomeWord), ['done', 'list_full', 'unchanged', 'unchanged']);
  assert.equal(change?.blocklist?.size, blocklistMax);
});

test('unblocking needs no window; somebody not blocked, even the number itself, is a success', () => {
  const facts = factsOf(
    { [user]: { blocked: true, lastInboundMs: null }, [other]: {}, [number.waId]: { isNumber: true } },
    { version: 1, size: 1 },
  );
  const { answer, change } = decideBlocklist(facts, request('unblock', user, other, number.waId));
  assert.deepEqual(answer.map(outcomeWord), ['done', 'unchanged', 'unchanged']);
  assert.deepEqual(change?.blocklist?.removed, [user]);
});

test('who has left WhatsApp can still be unblocked', () => {
  const facts = factsOf({ [user]: { blocked: true, profile: profileOf('none') } }, { version: 1, size: 1 });
  assert.deepEqual(decideBlocklist(facts, request('unblock', user)).answer.map(outcomeWord), ['done']);
});

test('nobody is refused, blocking and unblocking', () => {
  for (const operation of ['block', 'unblock'] as const) {
    const { answer, change } = decideBlocklist(
      factsOf({ [user]: { profile: profileOf('none') } }),
      request(operation, null, user),
    );
    assert.deepEqual(answer.map(outcomeWord), ['not_a_user', 'not_a_user']);
    assert.equal(change?.blocklist, null);
  }
});

test('every attempt is activity, refused or not', () => {
  const facts = factsOf({ [user]: {}, [other]: { lastInboundMs: null } });
  const { change } = decideBlocklist(facts, request('block', user, other, null));
  assert.deepEqual(
    change?.activity.map(({ waId, outcome, keyId, atMs }) => ({ waId, outcome, keyId, atMs })),
    [
      { waId: user, outcome: 'done', keyId: 'key_a', atMs: nowMs },
      { waId: other, outcome: 'window_closed', keyId: 'key_a', atMs: nowMs },
      { waId: null, outcome: 'not_a_user', keyId: 'key_a', atMs: nowMs },
    ],
  );
});

test('a version never goes back, even when the clock does', () => {
  assert.equal(nextVersion(5, 7, number.waId), 7881);
  assert.equal(nextVersion(7881, 7, number.waId), 7882);
  assert.equal(nextVersion(9000, 7, number.waId), 9001);
});
