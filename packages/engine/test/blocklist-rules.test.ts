// Shows every rule of blocking and unblocking, and which one answers when several apply.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BlocklistRequest,
  blocklistMax,
  decideBlocklist,
  type Operation,
  outcomeCode,
  type UserFacts,
  windowMs,
} from '@blockhouse/engine';
import { factsOf, nowMs, number, profileOf } from './facts.ts';

const user = 16505551234;
const other = 14155559876;

const actor = { keyId: 'key_a', person: null, source: 'api' } as const;
const cause = { ...actor, note: null };

function request(operation: Operation, ...waIds: (number | null)[]): BlocklistRequest {
  return {
    operation,
    actor,
    terms: {},
    whenClosed: 'refuse',
    atMs: nowMs,
    targets: waIds.map((waId) => ({
      input: String(waId),
      ref: waId === null ? { kind: 'nobody', reason: 'not_a_user' } : { kind: 'user', waId, by: 'phone' },
    })),
  };
}

/** The condition of each answer of a block, in the documented order. */
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
      assert.deepEqual(answer.map(outcomeCode), [first.answer]);
      assert.equal(change?.blocklist, null);
    });
  }
}

test('blocking appends in the order of the request and moves the version', () => {
  const facts = factsOf({ [user]: {}, [other]: {} }, { version: 5, size: 3 });
  const { answer, change } = decideBlocklist(facts, request('block', other, user));
  assert.deepEqual(answer.map(outcomeCode), ['done', 'done']);
  assert.deepEqual(change?.blocklist, {
    version: nowMs * 1000 + (number.waId % 1000),
    size: 5,
    removed: [],
    added: [other, user].map((waId) => ({ waId, cause, untilMs: null, droppedBefore: 0 })),
  });
});

test('a user who is named twice has two results and is changed once', () => {
  for (const operation of ['block', 'unblock'] as const) {
    const facts = factsOf({ [user]: { blocked: operation === 'unblock' } }, { version: 1, size: 1 });
    const { answer, change } = decideBlocklist(facts, request(operation, user, user, user));
    assert.deepEqual(answer.map(outcomeCode), ['done', 'unchanged', 'unchanged']);
    const { added, removed } = change?.blocklist ?? { added: [], removed: [] };
    assert.deepEqual([...added.map(({ waId }) => waId), ...removed], [user]);
  }
});

test('the last free place goes to the first user in the request; a user on the list needs none', () => {
  const blocked = 447700900123;
  const facts = factsOf(
    { [user]: {}, [other]: {}, [blocked]: { blocked: true } },
    { version: 1, size: blocklistMax - 1 },
  );
  const { answer, change } = decideBlocklist(facts, request('block', user, other, user, blocked));
  assert.deepEqual(answer.map(outcomeCode), ['done', 'list_full', 'unchanged', 'unchanged']);
  assert.equal(change?.blocklist?.size, blocklistMax);
});

test('unblocking needs no window, and succeeds for a user who is not blocked, even the number itself', () => {
  const facts = factsOf(
    { [user]: { blocked: true, lastInboundMs: null }, [other]: {}, [number.waId]: { isNumber: true } },
    { version: 1, size: 1 },
  );
  const { answer, change } = decideBlocklist(facts, request('unblock', user, other, number.waId));
  assert.deepEqual(answer.map(outcomeCode), ['done', 'unchanged', 'unchanged']);
  assert.deepEqual(change?.blocklist?.removed, [user]);
});

test('a user who has left WhatsApp can still be unblocked', () => {
  const facts = factsOf({ [user]: { blocked: true, profile: profileOf('none') } }, { version: 1, size: 1 });
  assert.deepEqual(decideBlocklist(facts, request('unblock', user)).answer.map(outcomeCode), ['done']);
});

test('an account that does not exist is refused, blocking and unblocking', () => {
  for (const operation of ['block', 'unblock'] as const) {
    const { answer, change } = decideBlocklist(
      factsOf({ [user]: { profile: profileOf('none') } }),
      request(operation, null, user),
    );
    assert.deepEqual(answer.map(outcomeCode), ['not_a_user', 'not_a_user']);
    assert.equal(change?.blocklist, null);
  }
});

test('every attempt is recorded as activity, refused or not', () => {
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

const standing = { cause, placedAtMs: nowMs - 1, untilMs: null };
const closed = { lastInboundMs: nowMs - windowMs };

test('with when_closed standing, only users outside the window get a standing block', () => {
  const facts = factsOf({ [user]: {}, [other]: closed, [number.waId]: { isNumber: true } });
  const asked = {
    ...request('block', user, other, number.waId, other),
    whenClosed: 'standing' as const,
    terms: { untilMs: nowMs + 5 },
  };
  const { answer, change } = decideBlocklist(facts, asked);
  assert.deepEqual(answer.map(outcomeCode), ['done', 'standing', 'self', 'standing']);
  assert.deepEqual(change?.standing, [{ waId: other, cause, placedAtMs: nowMs, untilMs: nowMs + 5 }]);
  assert.deepEqual(change?.blocklist?.added, [{ waId: user, cause, untilMs: nowMs + 5, droppedBefore: 0 }]);
  assert.deepEqual(
    change?.activity.map(({ outcome }) => outcome),
    ['done', 'standing', 'self', 'standing'],
  );
});

test('a standing block is placed whatever the window, but not on a blocked user, and is withdrawn', () => {
  const facts = factsOf({
    [user]: {},
    [other]: { blocked: true },
    [number.waId]: {},
    447700900123: { standing },
  });
  const placed = decideBlocklist(facts, request('standing_block', user, other, number.waId, null));
  assert.deepEqual(placed.answer.map(outcomeCode), ['done', 'unchanged', 'self', 'not_a_user']);
  assert.deepEqual(
    placed.change?.standing.map(({ waId }) => waId),
    [user],
  );
  assert.equal(placed.change?.blocklist, null);
  const withdrawn = decideBlocklist(facts, request('withdraw', 447700900123, user, 447700900123));
  assert.deepEqual(withdrawn.answer.map(outcomeCode), ['done', 'unchanged', 'unchanged']);
  assert.deepEqual(withdrawn.change?.endedStanding, [447700900123]);
});

test('blocking and unblocking end a standing block, too', () => {
  const facts = factsOf({ [user]: { standing } });
  for (const operation of ['block', 'unblock'] as const) {
    const { answer, change } = decideBlocklist(facts, request(operation, user));
    assert.deepEqual([answer.map(outcomeCode), change?.endedStanding], [['done'], [user]]);
    assert.equal(change?.blocklist === null, operation === 'unblock');
  }
});

test('blocking a user again with a note or an end amends the block, and does not change the version', () => {
  const facts = factsOf({ [user]: { blocked: true } }, { version: 1, size: 1 });
  const again = { ...request('block', user), terms: { note: 'spam', untilMs: nowMs + 1 } };
  const { answer, change } = decideBlocklist(facts, again);
  assert.deepEqual(answer.map(outcomeCode), ['unchanged']);
  assert.deepEqual(change?.amended, [{ waId: user, note: 'spam', untilMs: nowMs + 1 }]);
  assert.equal(change?.blocklist, null);
  assert.deepEqual(decideBlocklist(facts, request('block', user)).change?.amended, []);
});

test('a field that is not stated is no part of the amendment, and null clears what is there', () => {
  const facts = factsOf({ [user]: { blocked: true } }, { version: 1, size: 1 });
  for (const terms of [{ note: 'spam' }, { untilMs: nowMs + 1 }, { note: null }, { untilMs: null }]) {
    const { change } = decideBlocklist(facts, { ...request('block', user), terms });
    assert.deepEqual(change?.amended, [{ waId: user, ...terms }]);
  }
});

test('the block of a refused user is not amended', () => {
  const facts = factsOf({ [user]: { blocked: true, profile: profileOf('none') } }, { version: 1, size: 1 });
  const asked = { ...request('block', user), terms: { note: 'new', untilMs: nowMs + 1 } };
  const { answer, change } = decideBlocklist(facts, asked);
  assert.deepEqual(answer.map(outcomeCode), ['not_a_user']);
  assert.deepEqual(change?.amended, []);
});

test('the text of a caller is cut between characters', () => {
  const asked = request('block', null);
  const [target] = asked.targets;
  assert.ok(target);
  const { change } = decideBlocklist(factsOf({}), {
    ...asked,
    targets: [{ ...target, input: `${'a'.repeat(63)}😀` }],
  });
  assert.equal(change?.activity[0]?.input, 'a'.repeat(63));
});

test('a standing block that is placed again keeps its note and its end, unless the request states others', () => {
  const noted = { ...standing, cause: { ...cause, note: 'old' }, untilMs: nowMs + 9 };
  const facts = factsOf({ [user]: { standing: noted } });
  const again = (over: Partial<BlocklistRequest>) =>
    decideBlocklist(facts, { ...request('standing_block', user), ...over }).change?.standing[0];
  assert.deepEqual([again({})?.cause.note, again({})?.untilMs], ['old', nowMs + 9]);
  const changed = again({ terms: { note: 'new', untilMs: nowMs + 5 } });
  assert.deepEqual([changed?.cause.note, changed?.untilMs], ['new', nowMs + 5]);
  const cleared = again({ terms: { note: null, untilMs: null } });
  assert.deepEqual([cleared?.cause.note, cleared?.untilMs], [null, null]);
});
