// Shows that no statement of the SQLite store reads more of a table than an index leads it to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../../src/stores/sqlite/open.ts';
import * as sql from '../../src/stores/sqlite/sql.ts';

/** Statements that read a whole table because that is what they are for. */
const whole = [
  'listStates',
  'numbers',
  'removedNumbers',
  'keys',
  'users',
  'removeUsers',
  'removeBulkRuns',
  'removeBulkResults',
  'removeWriteCheck',
  'blocksSorted',
];

/** Statements that may begin at a number's first row and read on, and why they do not read its whole history. */
const ofWholeNumbers: Readonly<Record<string, string>> = {
  allBlocks: 'a sandbox is exported whole',
  allStanding: 'a sandbox is exported whole',
  allWindows: 'a sandbox is exported whole',
  standingCount: 'counts',
  reviewCount: 'counts what waits for a person',
  rowsFrom: 'counts its way to a row of one list, for a cursor that no page hands out',
  removeRows: 'takes the first rows, whatever they are',
};

/** Per statement, what the plan must name: the way that was meant, and not merely some index. */
const meant: Readonly<Record<string, RegExp>> = {
  userFacts:
    /blocks_by_user \(number_key=\? AND wa_id=\?\).*SEARCH s USING PRIMARY KEY.*SEARCH w USING PRIMARY KEY \(number_key=\? AND wa_id=\?\)/s,
  messageSeen: /COVERING INDEX webhooks_by_message \(number_key=\? AND message_id=\?\)/,
  dueWebhooks: /INDEX webhooks_due \(number_key=\? AND due_at_ms<\?\)/,
  nextWebhookDue: /COVERING INDEX webhooks_due/,
  addWebhook: /COVERING INDEX webhooks_waiting \(number_key=\? AND wa_id=\?\)/,
  promoteWebhook: /COVERING INDEX webhooks_waiting/,
  holdBackWebhooks: /INDEX webhooks_waiting \(number_key=\? AND wa_id=\? AND entry>\?\)/,
  latestTriedWebhook: /INDEX webhooks_tried \(number_key=\? AND wa_id=\?\)/,
  purgeWebhooks: /INDEX webhooks_settled/,
  purgeActivity:
    /PRIMARY KEY \(number_key=\? AND at_ms=\? AND entry=\?\).*PRIMARY KEY \(number_key=\? AND at_ms<\?\)/s,
  rowsAfter: /PRIMARY KEY \(number_key=\? AND position>\?\)/,
  rowsBefore: /PRIMARY KEY \(number_key=\? AND position<\?\)/,
  removeBlock: /INDEX blocks_by_user/,
};

/** Per statement that knows several ways, those that its plans must name, in their order. */
const meantWays: Readonly<Record<string, readonly RegExp[]>> = {
  activity: [/PRIMARY KEY/, /activity_by_user/, /activity_by_key/],
  activitySliceEnd: [/PRIMARY KEY/, /activity_by_user/, /activity_by_key/],
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
    const ways = [(sql as Readonly<Record<string, string | readonly string[]>>)[name]].flat();
    const expectedWay = meantWays[name]?.[ways.indexOf(text)];
    if (expectedWay !== undefined) assert.match(plan.join('\n'), expectedWay);
    requireBounds(name, text, plan);
  });
}

/**
 * The rows that a statement reads are bounded: by equality, by both ends of a range, or by one end and a limit in the
 * order of the index. Rows that are filtered out do not count against a limit, so a filter needs both ends.
 */
function requireBounds(name: string, text: string, plan: readonly string[]): void {
  for (const step of plan.filter((step) => step.startsWith('SEARCH'))) {
    const [, conditions = ''] = /\((number_key=\?.*)\)/.exec(step) ?? [];
    if (conditions === '' || name in ofWholeNumbers) continue;
    assert.notEqual(conditions, 'number_key=?', `reads all of a number:\n${plan.join('\n')}`);
    const [above, below] = [/>\(?\?/.test(conditions), /<\(?\?/.test(conditions)];
    if (above === below) continue;
    assert.doesNotMatch(
      text,
      /\? ?is null or|\?\d+ is null or/,
      `filters from one end on:\n${plan.join('\n')}`,
    );
    if (!changesFew.includes(name)) assert.match(text, /limit/, `reads from one end on:\n${plan.join('\n')}`);
  }
}

/** Statements that change what is due: of each user one webhook at most, or those that wait. */
const changesFew = ['makeWebhooksDue', 'holdBackWebhooks'];

test('all that is meant exists', () => {
  const named = [meant, meantWays, ofWholeNumbers].flatMap(Object.keys);
  for (const name of [...named, ...whole, ...changesFew]) assert.ok(name in sql, name);
  close();
});
