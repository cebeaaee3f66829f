// Shows when a webhook is retried, for how long, and that only a clean answer ends the retries.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveryOutcome, nextAttemptMs, outcomeWithoutReceiver, webhookLifeMs } from '@blockhouse/engine';

test('delays grow from a second to six hours, and end after seven days', () => {
  const delays: number[] = [];
  let nowMs = 0;
  for (let attempts = 1; ; attempts++) {
    const dueAtMs = nextAttemptMs(attempts, 0, nowMs);
    if (dueAtMs === null) break;
    delays.push(dueAtMs - nowMs);
    nowMs = dueAtMs;
  }
  assert.deepEqual(delays.slice(0, 5), [1000, 3000, 9000, 27_000, 81_000]);
  assert.deepEqual(
    delays,
    delays.toSorted((one, other) => one - other),
  );
  assert.equal(delays.at(-1), 6 * 3_600_000);
  assert.ok(nowMs <= webhookLifeMs && nowMs > webhookLifeMs - 6 * 3_600_000);
});

const webhook = { attemptCount: 0, createdAtMs: 0 };
const attempt = { atMs: 5, status: 200, problem: null, tookMs: 1, signature: null };

test('an acknowledgement ends the retries; a problem delays the next one; the end of its life gives it up', () => {
  assert.deepEqual(deliveryOutcome(webhook, attempt, 5), {
    atMs: 5,
    state: 'delivered',
    dueAtMs: null,
    attempt,
  });
  const failed = { ...attempt, status: 500, problem: 'status 500' };
  assert.deepEqual(deliveryOutcome(webhook, failed, 5), {
    atMs: 5,
    state: 'waiting',
    dueAtMs: 1005,
    attempt: failed,
  });
  assert.deepEqual(deliveryOutcome(webhook, failed, webhookLifeMs), {
    atMs: webhookLifeMs,
    state: 'given_up',
    dueAtMs: null,
    attempt: failed,
  });
});

test('without a receiver a webhook waits until its life is over, and is given up then', () => {
  const { state, dueAtMs, attempt } = outcomeWithoutReceiver(webhook, 5);
  assert.deepEqual(
    [state, dueAtMs, attempt.problem],
    ['waiting', webhookLifeMs, 'the number has no webhook'],
  );
  const over = outcomeWithoutReceiver(webhook, webhookLifeMs);
  assert.deepEqual([over.state, over.dueAtMs], ['given_up', null]);
});
