// Shows which of several findings about a user becomes the verdict.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Circumstances, diagnose } from '@blockhouse/engine';
import { nowMs, userFacts } from './facts.ts';

const circumstances: Circumstances = {
  listens: true,
  hears: false,
  webhookFails: false,
  platformFails: false,
  isHeld: false,
  blockedElsewhere: false,
  atMs: nowMs,
};
const cause = { keyId: 'key_a', person: null, source: 'api', note: null } as const;
const standing = { placedAtMs: nowMs, cause, untilMs: null };

test('a user who has written proves that the number receives messages, even without a stored webhook', () => {
  assert.equal(diagnose(userFacts({ standing, lastInboundMs: null }), circumstances), 'standing_unheard');
  assert.equal(diagnose(userFacts({ standing, lastInboundMs: nowMs - 1000 }), circumstances), 'standing');
});
