// Shows which sends are refused, and which statuses a message has after it was accepted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decideRead,
  decideSend,
  type Facts,
  type MessageStatus,
  seesOnline,
  windowMs,
} from '@blockhouse/engine';
import { factsOf, listening, nowMs, profileOf } from './facts.ts';

const free = 16505551234;
const blocked = 14155559876;
const facts = factsOf({ [free]: { lastInboundMs: null }, [blocked]: { blocked: true } });
const renderStatus = (_: unknown, status: MessageStatus) => `status ${status.status}`;

test('a send is refused to a blocked user, and to no other', () => {
  const options = { atMs: nowMs, render: renderStatus, delivers: true };
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
const notOnWhatsApp = { profile: profileOf('none') };

for (const { what, user, isTemplate, delivers, statuses } of [
  { what: 'in the window', user: open, isTemplate: false, delivers: true, statuses: ['sent', 'delivered'] },
  {
    what: 'in the window, delivered by another platform',
    user: open,
    isTemplate: false,
    delivers: false,
    statuses: [],
  },
  { what: 'outside the window', user: closed, isTemplate: false, delivers: true, statuses: ['failed'] },
  {
    what: 'a template outside the window',
    user: closed,
    isTemplate: true,
    delivers: true,
    statuses: ['sent', 'delivered'],
  },
  {
    what: 'to a number without WhatsApp',
    user: notOnWhatsApp,
    isTemplate: true,
    delivers: false,
    statuses: ['failed'],
  },
]) {
  test(`a send ${what} has the statuses ${statuses.join(', ') || '(none)'}`, () => {
    const to = listening(factsOf({ [free]: user }));
    const { change } = decideSend(
      to,
      { id: 'm', to: free, isTemplate, callbackData: null },
      { atMs: nowMs, render: renderStatus, delivers },
    );
    assert.deepEqual(
      change?.webhooks.map(({ body }) => body) ?? [],
      statuses.map((status) => `status ${status}`),
    );
  });
}

test('a message that was read causes a webhook where there is a receiver', () => {
  const read = (of: Facts) =>
    decideRead(
      of,
      { id: 'm', to: free, isTemplate: false, callbackData: null },
      { atMs: nowMs, render: renderStatus },
    ).change?.webhooks;
  assert.deepEqual(
    read(listening(facts))?.map(({ body }) => body),
    ['status read'],
  );
  assert.equal(read(facts), undefined);
});

test('only a blocked user does not see the business online', () => {
  assert.equal(seesOnline(facts, free), true);
  assert.equal(seesOnline(facts, blocked), false);
});

test('a send to a user whose block has expired is accepted', () => {
  const block = { keyId: 'key_a', source: 'api', sinceMs: nowMs - 1000, untilMs: nowMs } as const;
  const known = factsOf({ [blocked]: { blocked: true, block } }, { version: 1, size: 1 });
  const send = { id: 'x', to: blocked, isTemplate: false, callbackData: null };
  const isRefused = (atMs: number) =>
    decideSend(known, send, { atMs, render: renderStatus, delivers: true }).answer.refused;
  assert.equal(isRefused(nowMs), false);
  assert.equal(isRefused(nowMs - 1), true);
});
