import { type AuditContext, webhookRetentionMs } from '@blockhouse/engine';
import { type BatchRows, doneUsers } from '../change-batch.ts';
import type { ListState } from '../list-state.ts';
import type { Statements } from './statements.ts';

/**
 * Writes the rows of a batch, inside a transaction. A prepared statement for each row costs less here than one statement over JSON for
 * all of them: SQLite has no round trips to save.
 */
export function writeBatch(statements: Statements, key: number, rows: BatchRows): void {
  writeAttempts(statements, key, rows);
  writeMessages(statements, key, rows);
  writeStanding(statements, key, rows);
  writeBlocks(statements, key, rows);
  writeActivity(statements, key, rows);
  writeWebhooks(statements, key, rows);
  writeMessageRecords(statements, key, rows);
}

/** Writes the state of a number's lists. */
export function writeList({ setListState }: Statements, key: number, list: ListState): void {
  const { version, size, end, activityEnd, outboxEnd } = list;
  setListState.run(version, size, end, activityEnd, outboxEnd, key);
}

function writeAttempts(statements: Statements, key: number, { attempts }: BatchRows): void {
  if (attempts.size === 0) return;
  for (const [entry, { webhook, dueAtMs, settledAtMs }] of attempts) {
    const { state, attemptCount } = webhook;
    const text = JSON.stringify(webhook.attempts);
    statements.recordAttempt.run(state, dueAtMs, settledAtMs, attemptCount, text, key, entry);
  }
  const done = doneUsers(attempts);
  if (done.size === 0) return;
  for (const [waId, atMs] of done) statements.promoteWebhook.run(key, waId, atMs);
  statements.purgeWebhooks.run(key, Math.max(...done.values()) - webhookRetentionMs);
}

function writeMessages(statements: Statements, key: number, rows: BatchRows): void {
  const { putWindow, putContact, addTraffic, addRuleCount } = statements;
  for (const [waId, { lastInboundMs, dropped, lastDroppedMs, ticks, name, knownFromMs }] of rows.windows)
    putWindow.run(key, waId, lastInboundMs, dropped, lastDroppedMs, ticks, name, knownFromMs);
  for (const [waId, atMs] of rows.contacts) putContact.run(key, waId, atMs);
  for (const [hour, { admitted, dropped, held }] of rows.traffic)
    addTraffic.run(key, hour, admitted, dropped, held);
  for (const { hourMs, ruleId, matched, acted } of rows.ruleCounts.values())
    addRuleCount.run(key, hourMs, ruleId, matched, acted);
}

function writeStanding({ endStanding, placeStanding }: Statements, key: number, rows: BatchRows): void {
  for (const waId of rows.endedStanding) endStanding.run(key, waId);
  for (const [waId, { placedAtMs, cause, untilMs }] of rows.standing)
    placeStanding.run(key, waId, placedAtMs, ...columnsOf(cause), untilMs);
}

function writeBlocks({ removeBlock, addBlock, amendBlock }: Statements, key: number, rows: BatchRows): void {
  for (const waId of rows.removed) removeBlock.run(key, waId);
  for (const [waId, { position, droppedBefore, atMs, cause, untilMs }] of rows.added)
    addBlock.run(key, position, waId, droppedBefore, atMs, ...columnsOf(cause), untilMs);
  for (const [waId, { note, untilMs }] of rows.amended)
    amendBlock.run(...markedField(note), ...markedField(untilMs), key, waId);
}

function writeActivity({ addActivity }: Statements, key: number, rows: BatchRows): void {
  let entry = rows.activityStart;
  for (const one of rows.activity) {
    const { atMs, operation, waId, input, outcome } = one;
    addActivity.run(key, atMs, entry++, operation, waId, input, outcome, ...columnsOf(one));
  }
}

function writeWebhooks({ addWebhook }: Statements, key: number, rows: BatchRows): void {
  let entry = rows.outboxStart;
  for (const { waId, messageId, body, atMs, state, review } of rows.webhooks) {
    const why = review === undefined ? [null, null] : [review.ruleId, review.kind];
    addWebhook.run(key, entry++, waId, messageId, body, atMs, state, ...why);
  }
}

function writeMessageRecords(
  { addMessage, purgeMessages }: Statements,
  key: number,
  { messages }: BatchRows,
): void {
  if (messages.size === 0) return;
  let nowMs = 0;
  for (const { id, atMs, callbackData, untilMs } of messages.values()) {
    addMessage.run(key, id, atMs, callbackData, untilMs);
    nowMs = Math.max(nowMs, atMs);
  }
  purgeMessages.run(key, nowMs);
}

/** An audit context as its columns: key_id, person, source, note. */
export function columnsOf({
  keyId,
  person,
  source,
  note,
}: AuditContext): [string, string | null, string, string | null] {
  return [keyId, person, source, note];
}

/** Whether a field is to be set, and to what. */
function markedField<Value extends string | number>(
  value: Value | null | undefined,
): [isSet: 0 | 1, value: Value | null] {
  return value === undefined ? [0, null] : [1, value];
}
