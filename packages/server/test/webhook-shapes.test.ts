// Shows that the body of a webhook depends only on the arguments of the rule, so a repeated transaction
// writes the same bytes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideInbound, decideRead, decideSend, type Facts } from '@blockhouse/engine';
import { UserIdIssuer } from '../src/users/user-ids.ts';
import { createWebhookRenderer } from '../src/webhooks/render.ts';
import { numberRecord, startMs } from './stores/store-suite.ts';

const ana = 16505551234;
const webhook = { url: 'https://example.com/', appSecret: 's', verifyToken: 't' };
const facts: Facts = {
  number: numberRecord({ webhook }),
  blocklist: { version: 1, size: 0 },
  users: new Map([
    [
      ana,
      {
        profile: null,
        isNumber: false,
        blocked: false,
        block: null,
        standing: null,
        name: null,
        dropped: 0,
        lastOutboundMs: null,
        knownFromMs: null,
        lastInboundMs: startMs,
        ticks: 2,
      },
    ],
  ]),
  seenAtMs: new Map(),
};

test('every webhook has the time of its decision', () => {
  const renderer = createWebhookRenderer(new UserIdIssuer(Buffer.alloc(32)));
  const message = { id: 'wamid.1', from: ana, name: null, content: { type: 'text' } };
  const sent = { id: 'wamid.2', to: ana, isTemplate: false, callbackData: null };
  const bodiesAt = (atMs: number) =>
    [
      decideInbound(facts, [message], { atMs, render: renderer.message }).change,
      decideSend(facts, sent, { atMs, render: renderer.status, delivers: true }).change,
      decideRead(facts, sent, { atMs, render: renderer.status }).change,
    ].flatMap((change) => (change?.webhooks ?? []).map(({ body }) => body));
  const bodies = bodiesAt(startMs + 5000);
  assert.equal(bodies.length, 4);
  assert.deepEqual(bodiesAt(startMs + 5000), bodies);
  const timestamp = String(startMs / 1000 + 5);
  for (const body of bodies) {
    const { value } = JSON.parse(body).entry[0].changes[0];
    assert.equal((value.messages ?? value.statuses)[0].timestamp, timestamp);
  }
});
