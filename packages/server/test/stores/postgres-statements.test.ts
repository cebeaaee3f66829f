// Shows that every statement names one number, that every key begins with it, and that none reads more than an index leads it to.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Connections } from '../../src/stores/postgres/connections.ts';
import * as sql from '../../src/stores/postgres/sql.ts';
import { freshSchema, openFresh, postgres } from './postgres.ts';

/** What belongs to numbers, and would be distributed by them. */
const owned = ['lists', 'windows', 'blocks', 'activity', 'webhooks', 'standing', 'traffic', 'buckets'];

/** Statements on reference tables alone: they belong to no number, or read all. */
const ofNoNumber = [
  'number',
  'numbersById',
  'numbers',
  'addNumber',
  'changeNumber',
  'keys',
  'keysByHash',
  'addKey',
  'removeKey',
  'user',
  'users',
  'putUsers',
  'removeUsers',
  'settingsByName',
  'putSetting',
  'record',
  'putRecord',
  'forgetRecords',
  'removeRecords',
  'lockRecords',
  'recordsByName',
  'putRecords',
  'takeTurn',
  'keepAlive',
  'silentWorkers',
  'buryWorkers',
  'leave',
];

/** Statements that read a whole reference table because that is what they are for, or that count their way to a row. */
const whole = ['numbers', 'keys', 'users', 'removeUsers', 'silentWorkers', 'removeRecords'];

const all: readonly (readonly [name: string, text: string])[] = Object.entries(
  sql as Readonly<Record<string, string | readonly string[]>>,
).flatMap(([name, value]) => [value].flat().map((text) => [name, text] as const));

/** How often a statement reaches for a table that belongs to numbers. */
function mentions(text: string): number {
  const tables = [...text.matchAll(/\b(?:from|join|into|update)\s+([a-z]+)/g)].map(([, table = '']) => table);
  return tables.filter((table) => owned.includes(table)).length;
}

for (const [name, text] of all) {
  test(`${name} names one number: ${text.replace(/\s+/g, ' ').trim().slice(0, 50)}`, () => {
    if (ofNoNumber.includes(name)) {
      assert.equal(mentions(text), 0, 'it belongs to no number');
      return;
    }
    const conditions = text.match(/phone_number_id = \$1\b/g)?.length ?? 0;
    const inserts =
      text.match(/insert into [a-z]+\s+\(phone_number_id,[^)]*\)\s+(select|values \() ?\$1\b/g)?.length ?? 0;
    const isNumbersOwn = name === 'removeNumber' && text.includes('delete from numbers');
    assert.ok(mentions(text) > 0 || isNumbersOwn, 'it is in neither list');
    assert.ok(
      conditions + inserts >= mentions(text),
      `${conditions} conditions and ${inserts} inserts for ${mentions(text)} tables`,
    );
  });
}

test('what is listed exists', () => {
  for (const name of [...ofNoNumber, ...whole]) assert.ok(name in sql, name);
});

const schema = freshSchema();
let connections: Connections;

before(async () => {
  const { url } = await postgres();
  await (await openFresh({ schema })).close();
  connections = new Connections({ url, schema, connectionsMax: 2, answerMs: 10_000 });
});

test('every primary key and unique index of what belongs to numbers begins with the number', async () => {
  const rows = await connections.ask(
    `select c.relname, a.attname from pg_index i
       join pg_class c on c.oid = i.indrelid
       join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
       join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and i.indisunique`,
    [schema],
  );
  const ofNumbers = rows.filter(([table]) => owned.includes(String(table)));
  assert.ok(ofNumbers.length >= owned.length);
  for (const [table, column] of ofNumbers) assert.equal(column, 'phone_number_id', String(table));
});

test('no plan reads a table from its beginning to its end', async (t) => {
  t.after(() => connections.close());
  for (const [name, text] of all) {
    if (/^\s*insert|^\s*select pg_/.test(text) || whole.includes(name)) continue;
    const plan = await connections.ask(`explain (generic_plan) ${text}`);
    const lines = plan.map(([line]) => String(line));
    // The processes are a handful, and read as a whole.
    assert.ok(
      !lines.some((line) => /(Seq|Bitmap Heap) Scan on (?!workers)|Materialize/.test(line)),
      `${name}\n${lines.join('\n')}`,
    );
  }
});
