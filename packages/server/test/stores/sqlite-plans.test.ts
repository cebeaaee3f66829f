// Shows that no statement of the SQLite store reads more of a table than an index leads it to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../../src/stores/sqlite/open.ts';
import * as sql from '../../src/stores/sqlite/sql.ts';

/** Statements that read a whole table because that is what they are for. */
const whole = ['listStates', 'numbers', 'removedNumbers', 'keys', 'users', 'removeUsers', 'blocksSorted'];

/** Per statement, what the plan must name: the way that was meant, and not merely some index. */
const meant: Readonly<Record<string, RegExp>> = {
  userFacts:
    /blocks_by_user \(number_key=\? AND wa_id=\?\).*SEARCH s USING PRIMARY KEY.*SEARCH w USING PRIMARY KEY \(number_key=\? AND wa_id=\?\)/s,
  messageSeen: /COVERING INDEX webhooks_by_message \(number_key=\? AND message_id=\?\)/,
  dueWebhooks: /INDEX webhooks_due \(number_key=\? AND due_at_ms<\?\)/,
  nextWebhookDue: /COVERING INDEX webhooks_due/,
  addWebhook: /COVERING INDEX webhooks_waiting \(number_key=\? AND wa_id=\?\)/,
  promoteWebhook: /COVERING INDEX webhooks_waiting/,
  forgetWebhooks: /INDEX webhooks_settled/,
  rowsAfter: /PRIMARY KEY \(number_key=\? AND position>\?\)/,
  rowsBefore: /PRIMARY KEY \(number_key=\? AND position<\?\)/,
  removeBlock: /INDEX blocks_by_user/,
};

const { db, close } = openDatabase(':memory:');

const statements: readonly (readonly [name: string, text: string])[] = Object.entries(
  sql as Readonly<Record<string, string | readonly string[]>>,
).flatMap(([name, value]) => [value].flat().map((text) => [name, text] as const));

for (const [name, text] of statements) {
  test(`${name}: ${text.replace(/\s+/g, ' ').trim().slice(0, 60)}`, () => {
    const statement = db.prepare(`explain query plan ${text}`);
    const count = Math.max(text.split('?').length - 1, 0);
    const numbered = [...text.matchAll(/\?(\d+)/g)].map(([, number]) => Number(number));
    const parameters = Array(numbered.length > 0 ? Math.max(...numbered) : count).fill(1);
    const plan = statement.all(...parameters).map(({ detail }) => String(detail));
    const scans = plan.filter((step) => /^SCAN (?!CONSTANT|json_each|\d|\(subquery|1 )/.test(step));
    if (!whole.includes(name)) assert.deepEqual(scans, [], plan.join('\n'));
    assert.ok(!plan.some((step) => step.includes('TEMP B-TREE') && !whole.includes(name)), plan.join('\n'));
    const expected = meant[name];
    if (expected !== undefined) assert.match(plan.join('\n'), expected);
  });
}

test('all that is meant exists', () => {
  for (const name of [...Object.keys(meant), ...whole]) assert.ok(name in sql, name);
  close();
});
