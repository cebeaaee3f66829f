// Shows what the edge admits, drops and tells the business, and what a send meets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  blocklistMax,
  decideInbound,
  decideRead,
  decideSend,
  type Facts,
  type InboundMessage,
  type MessageStatus,
  seesOnline,
  webhookRetentionMs,
  windowMs,
} from '@blockhouse/engine';
import { factsOf, nowMs, profileOf } from './facts.ts';

const free = 16505551234;
const blocked = 14155559876;
const facts = factsOf({ [free]: { lastInboundMs: null }, [blocked]: { blocked: true } });
const message = (id: string, from: number): InboundMessage => ({
  id,
  from,
  name: null,
  content: { type: 'text' },
});
const tellMessage = ({ id }: InboundMessage) => `message ${id}`;
const tellStatus = (_: unknown, status: MessageStatus) => `status ${status.status}`;
const webhook = { url: 'https://example.com/', appSecret: 's', verifyToken: 't' };
const listening = (of: Facts): Facts => ({ ...of, number: { ...of.number, webhook } });

test('a blocked user is dropped and opens no window; anybody else is admitted', () => {
  const messages = [message('a', free), message('b', blocked), message('c', free), message('d', blocked)];
  const { answer, change } = decideInbound(facts, messages, { atMs: nowMs, tell: tellMessage });
  assert.deepEqual(answer, { admitted: ['a', 'c'], dropped: ['b', 'd'] });
  assert.deepEqual([...(change?.admitted ?? [])], [[free, { count: 2, name: null }]]);
  assert.deepEqual([...(change?.dropped ?? [])], [[blocked, 2]]);
  assert.equal(change?.blocklist, null);
  assert.deepEqual(change?.webhooks, [], 'nobody listens');
});

test('only what is admitted is told, in order, and the same message once within 24 hours', () => {
  const messages = ['a', 'b', 'a', 'old', 'new'].map((id) => message(id, id === 'b' ? blocked : free));
  const seenAtMs = new Map([
    ['old', nowMs - webhookRetentionMs],
    ['new', nowMs - webhookRetentionMs + 1],
  ]);
  const { answer, change } = decideInbound({ ...listening(facts), seenAtMs }, messages, {
    atMs: nowMs,
    tell: tellMessage,
  });
  assert.deepEqual(answer, { admitted: ['a', 'a', 'old', 'new'], dropped: ['b'] });
  assert.deepEqual(change?.webhooks, [
    { waId: free, messageId: 'a', body: 'message a' },
    { waId: free, messageId: 'old', body: 'message old' },
  ]);
});

test('a send is refused to a blocked user, and to nobody else', () => {
  const options = { atMs: nowMs, tell: tellStatus, delivers: true };
  for (const isTemplate of [true, false]) {
    const refused = decideSend(
      listening(facts),
      { id: 'm', to: blocked, isTemplate, callbackData: null },
      options,
    );
    assert.deepEqual(refused, { answer: { refused: true }, change: null });
    assert.deepEqual(
      decideSend(facts, { id: 'm', to: free, isTemplate, callbackData: null }, options).answer,
      {
        refused: false,
      },
    );
  }
});

const open = { lastInboundMs: nowMs - windowMs + 1 };
const closed = { lastInboundMs: nowMs - windowMs };
const nobody = { profile: profileOf('none') };

for (const { what, user, isTemplate, delivers, told } of [
  { what: 'in the window', user: open, isTemplate: false, delivers: true, told: ['sent', 'delivered'] },
  {
    what: 'in the window, brought by somebody else',
    user: open,
    isTemplate: false,
    delivers: false,
    told: [],
  },
  { what: 'outside the window', user: closed, isTemplate: false, delivers: true, told: ['failed'] },
  {
    what: 'a template outside the window',
    user: closed,
    isTemplate: true,
    delivers: true,
    told: ['sent', 'delivered'],
  },
  { what: 'to nobody', user: nobody, isTemplate: true, delivers: false, told: ['failed'] },
]) {
  test(`a send ${what} is told as ${told.join(', ') || 'nothing'}`, () => {
    const to = listening(factsOf({ [free]: user }));
    const { change } = decideSend(
      to,
      { id: 'm', to: free, isTemplate, callbackData: null },
      { atMs: nowMs, tell: tellStatus, delivers },
    );
    assert.deepEqual(
      change?.webhooks.map(({ body }) => body) ?? [],
      told.map((status) => `status ${status}`),
    );
  });
}

test('that a message was read is told to who listens', () => {
  const read = (of: Facts) =>
    decideRead(
      of,
      { id: 'm', to: free, isTemplate: false, callbackData: null },
      { atMs: nowMs, tell: tellStatus },
    ).change?.webhooks;
  assert.deepEqual(
    read(listening(facts))?.map(({ body }) => body),
    ['status read'],
  );
  assert.equal(read(facts), undefined);
});

test('only a blocked user no longer sees the business online', () => {
  assert.equal(seesOnline(facts, free), true);
  assert.equal(seesOnline(facts, blocked), false);
});

const cause = { keyId: 'key_a', person: 'Eve', source: 'panel', note: 'spam' } as const;
const waiting = { cause, placedAtMs: nowMs - 1, untilMs: nowMs + 9 };

test('a standing block meets its user: the window opens, the block is placed, the message is dropped', () => {
  const known = listening(factsOf({ [free]: { standing: waiting, lastInboundMs: null, dropped: 3 } }));
  const messages = [message('a', free), message('b', free)];
  const { answer, change } = decideInbound(known, messages, { atMs: nowMs, tell: tellMessage });
  assert.deepEqual(answer, { admitted: [], dropped: ['a', 'b'] });
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

test('a list that is full keeps the order standing, says so, and lets nothing through', () => {
  const known = factsOf({ [free]: { standing: waiting } }, { version: 1, size: blocklistMax });
  const { answer, change } = decideInbound(known, [message('a', free)], { atMs: nowMs, tell: tellMessage });
  assert.deepEqual(answer.dropped, ['a']);
  assert.deepEqual([change?.blocklist, change?.endedStanding], [null, []]);
  assert.deepEqual(
    change?.activity.map(({ outcome }) => outcome),
    ['list_full'],
  );
});

test('a block or an order that is over lets messages through, and sends', () => {
  const block = { keyId: 'key_a', source: 'api', sinceMs: nowMs - 1000, untilMs: nowMs } as const;
  const known = factsOf(
    { [free]: { standing: { ...waiting, untilMs: nowMs } }, [blocked]: { blocked: true, block } },
    { version: 1, size: 1 },
  );
  const { answer, change } = decideInbound(known, [message('a', free), message('b', blocked)], {
    atMs: nowMs,
    tell: tellMessage,
  });
  assert.deepEqual(answer, { admitted: ['a', 'b'], dropped: [] });
  assert.deepEqual([change?.blocklist?.removed, change?.endedStanding], [[blocked], [free]]);
  const send = { id: 'x', to: blocked, isTemplate: false, callbackData: null };
  assert.equal(
    decideSend(known, send, { atMs: nowMs, tell: tellStatus, delivers: true }).answer.refused,
    false,
  );
  assert.equal(
    decideSend(known, send, { atMs: nowMs - 1, tell: tellStatus, delivers: true }).answer.refused,
    true,
  );
});
