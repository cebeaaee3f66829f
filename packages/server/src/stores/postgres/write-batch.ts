import { type AuditContext, webhookRetentionMs } from '@blockhouse/engine';
import { type BatchRows, doneUsers } from '../change-batch.ts';
import type { Ask } from './connections.ts';
import { statements } from './statements.ts';
import { storable } from './storable.ts';

/** Asks for the rows of a batch to be written, one statement for each table that has any. */
export function writeBatch(ask: Ask, numberId: string, rows: BatchRows): void {
  writeAttempts(ask, numberId, rows);
  writeWindows(ask, numberId, rows);
  writeContacts(ask, numberId, rows);
  writeTraffic(ask, numberId, rows);
  writeRuleCounts(ask, numberId, rows);
  writeStanding(ask, numberId, rows);
  writeBlocks(ask, numberId, rows);
  writeActivity(ask, numberId, rows);
  writeWebhooks(ask, numberId, rows);
  writeMessages(ask, numberId, rows);
}

function writeAttempts(ask: Ask, numberId: string, { attempts }: BatchRows): void {
  if (attempts.size === 0) return;
  const rows = [...attempts];
  ask(statements.recordAttempts, [
    numberId,
    rows.map(([entry]) => entry),
    rows.map(([, { webhook }]) => webhook.state),
    rows.map(([, { dueAtMs }]) => dueAtMs),
    rows.map(([, { settledAtMs }]) => settledAtMs),
    rows.map(([, { webhook }]) => webhook.attemptCount),
    rows.map(([, { webhook }]) => storable(JSON.stringify(webhook.attempts))),
  ]);
  const done = doneUsers(attempts);
  if (done.size === 0) return;
  ask(statements.promoteWebhooks, [numberId, [...done.keys()], [...done.values()]]);
  ask(statements.purgeWebhooks, [numberId, Math.max(...done.values()) - webhookRetentionMs]);
}

function writeWindows(ask: Ask, numberId: string, { windows }: BatchRows): void {
  if (windows.size === 0) return;
  const rows = [...windows.values()];
  ask(statements.putWindows, [
    numberId,
    [...windows.keys()],
    rows.map(({ lastInboundMs }) => lastInboundMs),
    rows.map(({ dropped }) => dropped),
    rows.map(({ lastDroppedMs }) => lastDroppedMs),
    rows.map(({ ticks }) => ticks),
    rows.map(({ name }) => storable(name)),
    rows.map(({ knownFromMs }) => knownFromMs),
  ]);
}

function writeContacts(ask: Ask, numberId: string, { contacts }: BatchRows): void {
  if (contacts.size === 0) return;
  ask(statements.putContacts, [numberId, [...contacts.keys()], [...contacts.values()]]);
}

function writeRuleCounts(ask: Ask, numberId: string, { ruleCounts }: BatchRows): void {
  if (ruleCounts.size === 0) return;
  const rows = [...ruleCounts.values()];
  ask(statements.addRuleCounts, [
    numberId,
    rows.map(({ hourMs }) => hourMs),
    rows.map(({ ruleId }) => ruleId),
    rows.map(({ matched }) => matched),
    rows.map(({ acted }) => acted),
  ]);
}

function writeTraffic(ask: Ask, numberId: string, { traffic }: BatchRows): void {
  if (traffic.size === 0) return;
  const rows = [...traffic.values()];
  ask(statements.addTraffic, [
    numberId,
    [...traffic.keys()],
    rows.map(({ admitted }) => admitted),
    rows.map(({ dropped }) => dropped),
    rows.map(({ held }) => held),
  ]);
}

function writeStanding(ask: Ask, numberId: string, { endedStanding, standing }: BatchRows): void {
  if (endedStanding.size > 0) ask(statements.endStanding, [numberId, [...endedStanding]]);
  if (standing.size === 0) return;
  const rows = [...standing.values()];
  ask(statements.placeStanding, [
    numberId,
    [...standing.keys()],
    rows.map(({ placedAtMs }) => placedAtMs),
    ...columnsOf(rows.map(({ cause }) => cause)),
    rows.map(({ untilMs }) => untilMs),
  ]);
}

function writeBlocks(ask: Ask, numberId: string, { removed, added, amended }: BatchRows): void {
  if (removed.size > 0) ask(statements.removeBlocks, [numberId, [...removed]]);
  if (added.size > 0) {
    const rows = [...added.values()];
    ask(statements.addBlocks, [
      numberId,
      rows.map(({ position }) => position),
      [...added.keys()],
      rows.map(({ atMs }) => atMs),
      ...columnsOf(rows.map(({ cause }) => cause)),
      rows.map(({ untilMs }) => untilMs),
      rows.map(({ droppedBefore }) => droppedBefore),
    ]);
  }
  if (amended.size === 0) return;
  const rows = [...amended.values()];
  ask(statements.amendBlocks, [
    numberId,
    [...amended.keys()],
    rows.map(({ note }) => note !== undefined),
    rows.map(({ note }) => storable(note ?? null)),
    rows.map(({ untilMs }) => untilMs !== undefined),
    rows.map(({ untilMs }) => untilMs ?? null),
  ]);
}

function writeActivity(ask: Ask, numberId: string, { activity, activityStart }: BatchRows): void {
  if (activity.length === 0) return;
  ask(statements.addActivity, [
    numberId,
    activity.map(({ atMs }) => atMs),
    activity.map((_, index) => activityStart + index),
    activity.map(({ operation }) => operation),
    activity.map(({ waId }) => waId),
    activity.map(({ input }) => storable(input)),
    activity.map(({ outcome }) => outcome),
    ...columnsOf(activity),
  ]);
}

function writeWebhooks(ask: Ask, numberId: string, { webhooks, outboxStart }: BatchRows): void {
  if (webhooks.length === 0) return;
  ask(statements.addWebhooks, [
    numberId,
    webhooks.map((_, index) => outboxStart + index),
    webhooks.map(({ waId }) => waId),
    webhooks.map(({ messageId }) => storable(messageId)),
    webhooks.map(({ body }) => body),
    webhooks.map(({ atMs }) => atMs),
    webhooks.map(({ state }) => state),
    webhooks.map(({ review }) => review?.ruleId ?? null),
    webhooks.map(({ review }) => review?.kind ?? null),
  ]);
}

function writeMessages(ask: Ask, numberId: string, { messages }: BatchRows): void {
  if (messages.size === 0) return;
  const rows = [...messages.values()];
  ask(statements.addMessages, [
    numberId,
    rows.map(({ id }) => id),
    rows.map(({ atMs }) => atMs),
    rows.map(({ callbackData }) => storable(callbackData)),
    rows.map(({ untilMs }) => untilMs),
  ]);
  ask(statements.purgeMessages, [numberId, Math.max(...rows.map(({ atMs }) => atMs))]);
}

/** Audit contexts as their columns: key_id, person, source, note. */
export function columnsOf(contexts: readonly AuditContext[]): readonly (readonly (string | null)[])[] {
  return [
    contexts.map(({ keyId }) => keyId),
    contexts.map(({ person }) => storable(person)),
    contexts.map(({ source }) => source),
    contexts.map(({ note }) => storable(note)),
  ];
}
