// Shows what the edge admits and drops, and what a send meets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideInbound, decideSend, seesOnline, windowMs } from '@blockhouse/engine';
import { factsOf, nowMs } from './facts.ts';

const free = 16505551234;
const blocked = 14155559876;
const facts = factsOf({ [free]: { lastInboundMs: null }, [blocked]: { blocked: true } });

test('a blocked user is dropped and opens no window; anybody else is admitted', () => {
  const messages = [
    { id: 'a', from: free },
    { id: 'b', from: blocked },
    { id: 'c', from: free },
    { id: 'd', from: blocked },
  ];
  const { answer, change } = decideInbound(facts, messages, nowMs);
  assert.deepEqual(answer, { admitted: ['a', 'c'], dropped: ['b', 'd'] });
  assert.deepEqual(change?.admitted, [free]);
  assert.deepEqual([...(change?.dropped ?? [])], [[blocked, 2]]);
  assert.equal(change?.blocklist, null);
});

test('a send to a blocked user is refused; outside the window it is not', () => {
  assert.deepEqual(decideSend(facts, blocked, nowMs), { refused: true });
  assert.deepEqual(decideSend(facts, free, nowMs), { refused: false, onWhatsApp: true, windowOpen: false });
  const wrote = factsOf({ [free]: { lastInboundMs: nowMs - windowMs + 1 } });
  assert.deepEqual(decideSend(wrote, free, nowMs), { refused: false, onWhatsApp: true, windowOpen: true });
});

test('only a blocked user no longer sees the business online', () => {
  assert.equal(seesOnline(facts, free), true);
  assert.equal(seesOnline(facts, blocked), false);
});
