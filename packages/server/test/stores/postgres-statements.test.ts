// Shows that every statement names one number, that every key begins with it, and that none reads more than an index
// leads it to.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Connections } from '../../src/stores/postgres/connections.ts';
import { distributedTables, localTables, referenceTables } from '../../src/stores/postgres/distribute.ts';
import * as sql from '../../src/stores/postgres/sql.ts';
import { freshSchema, openFresh, postgres } from './postgres.ts';

/** Tables of numbers, which would be distributed by number. */
const owned = distributedTables.flatMap(({ column, tables }) => (column === 'phone_number_id' ? tables : []));

/** Statements on directories of users, which would be distributed by directory. */
const ofDirectory = ['userNames', 'putUserNames', 'allUserNames', 'removeUserNames'];

/** Statements on one session or one bulk run, which would be distributed by the hash of the token or by the key. */
const ofOneKey: Readonly<Record<string, string>> = {
  session: 'token_hash',
  addSession: 'token_hash',
  removeSession: 'token_hash',
  bulkRun: 'key_id',
  putBulkRun: 'key_id',
  bulkResults: 'key_id',
  putBulkResults: 'key_id',
};

/** Statements on reference tables alone: they belong to no number, or read all. */
const ofNoNumber = [
  'number',
  'numbersById',
  'numbers',
  'nextNumber',
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
  'purgeSessions',
  'purgeBulkRuns',
  'purgeBulkResults',
  'removeBulkRuns',
  'removeBulkResults',
  'lockGlobal',
  'heartbeat',
  'deadWorkers',
  'removeWorkers',
  'leave',
];

/** Statements that read a whole reference table because that is what they are for, or that count their way to a row. */
const whole = [
  'numbers',
  'keys',
  'users',
  'removeUsers',
  'deadWorkers',
  'removeBulkRuns',
  'removeBulkResults',
];

const all: readonly (readonly [name: string, text: string])[] = Object.entries(
  sql as Readonly<Record<string, string | readonly string[]>>,
).flatMap(([name, value]) => [value].flat().map((text) => [name, text] as const));

/** How often a statement reaches for a table that belongs to numbers. */
function mentions(text: string): number {
  const tables = [...text.matchAll(/\b(?:from|join|into|update)\s+([a-z_]+)/g)].map(
    ([, table = '']) => table,
  );
  return tables.filter((table) => owned.includes(table)).length;
}

for (const [name, text] of all.filter(([name]) => ofDirectory.includes(name))) {
  test(`${name} names one directory`, () => {
    const conditions = text.match(/directory = \$1\b/g)?.length ?? 0;
    const inserts = text.match(/insert into user_names \(directory,[^)]*\)\s+select \$1\b/g)?.length ?? 0;
    const mentioned = text.match(/\b(?:from|into) user_names\b/g)?.length ?? 0;
    assert.ok(mentioned > 0 && conditions + inserts === mentioned);
    assert.equal(mentions(text), 0, 'it belongs to no number');
  });
}

for (const [name, text] of all.filter(([name]) => name in ofOneKey)) {
  test(`${name} names one key`, () => {
    const column = ofOneKey[name];
    assert.match(
      text,
      new RegExp(`where ${column} = \\$1|insert into \\w+ \\(${column},[^)]*\\) values \\(\\$1,`),
    );
    assert.equal(mentions(text), 0, 'it belongs to no number');
  });
}

for (const [name, text] of all.filter(([name]) => !ofDirectory.includes(name) && !(name in ofOneKey))) {
  test(`${name} names one number: ${text.replace(/\s+/g, ' ').trim().slice(0, 50)}`, () => {
    if (ofNoNumber.includes(name)) {
      assert.equal(mentions(text), 0, 'it belongs to no number');
      return;
    }
    const conditions = text.match(/phone_number_id = \$1\b/g)?.length ?? 0;
    const inserts =
      text.match(
        /insert into [a-z_]+\s+\(phone_number_id,[^)]*\)\s+(?:(?:select|values \() ?\$1\b|select l\.phone_number_id)/g,
      )?.length ?? 0;
    const isNumbersOwn = name === 'removeNumber' && text.includes('delete from numbers');
    assert.ok(mentions(text) > 0 || isNumbersOwn, 'it is in neither list');
    assert.ok(
      conditions + inserts >= mentions(text),
      `${conditions} conditions and ${inserts} inserts for ${mentions(text)} tables`,
    );
  });
}

test('rows from arrays are inserted on the node of their number', () => {
  const inserts = all.filter(
    ([, text]) => /insert into/.test(text) && mentions(text) > 0 && /unnest/.test(text),
  );
  assert.ok(inserts.length >= 7);
  for (const [name, text] of inserts)
    assert.match(text, /from lists l,[^;]*where l\.phone_number_id = \$1/, name);
});

/**
 * Statements of messages, blocks, lists, and webhooks. A reference table may only be looked up by its key there, and must
 * not be written: a write of it needs every node.
 */
const writesOfReferenceTables = ['addNumber', 'changeNumber', 'removeNumber', 'putUsers', 'removeUsers'];

test('no statement on a number writes a table that lies on every node', () => {
  const tables = referenceTables.join('|');
  const writes = new RegExp(`(?:insert into|update|delete from) (?:${tables})\\b`);
  for (const [name, text] of all)
    assert.ok(!writes.test(text) || writesOfReferenceTables.includes(name), `${name}: ${text}`);
});

test('no statement on a number reads a table that lies on the coordinator', () => {
  const tables = new RegExp(`(?:from|join|into|update) (?:${localTables.join('|')})\\b`);
  for (const [name, text] of all.filter(([, text]) => mentions(text) > 0))
    assert.doesNotMatch(text, tables, name);
});

test('what is listed exists', () => {
  const reasoned = [ofWholeNumbers, passing].flatMap(Object.keys);
  for (const name of [
    ...ofNoNumber,
    ...ofDirectory,
    ...Object.keys(ofOneKey),
    ...whole,
    ...reasoned,
    ...writesOfReferenceTables,
  ])
    assert.ok(name in sql, name);
});

const schema = freshSchema();
let connections: Connections;

before(async () => {
  const { url } = await postgres();
  await (await openFresh({ schema })).close();
  connections = new Connections({ url, schema, connectionsMax: 2, answerMs: 10_000 });
});

test('every table is distributed by a column that it has, on every node, or on the coordinator', async () => {
  const rows = await connections.read(
    'select table_name::text, column_name::text from information_schema.columns where table_schema = $1',
    [schema],
  );
  const columnsOf = Map.groupBy(rows, ([table]) => String(table));
  const distributed = distributedTables.flatMap(({ tables }) => tables);
  const all = [...distributed, ...referenceTables, ...localTables];
  assert.deepEqual([...columnsOf.keys()].toSorted(), all.toSorted());
  for (const { column, tables } of distributedTables)
    for (const table of tables)
      assert.ok(
        columnsOf.get(table)?.some(([, name]) => name === column),
        `${table}.${column}`,
      );
});

test('every primary key and unique index of what belongs to numbers begins with the number', async () => {
  const rows = await connections.read(
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

/** Tables that may hold millions of rows of one number. */
const large = ['windows', 'blocks', 'activity', 'webhooks', 'standing', 'messages'];

/** Statements that may begin at a number's first row and read on, and why they do not read its whole history. */
const ofWholeNumbers: Readonly<Record<string, string>> = {
  allBlocks: 'a sandbox is exported whole',
  allStanding: 'a sandbox is exported whole',
  allWindows: 'a sandbox is exported whole',
  standingCount: 'counts',
  reviewCount: 'counts what waits for a person',
  rowsFrom: 'counts its way to a row of one list, for a cursor that no page hands out',
};

/** Filters of a scan that pass most of what they see, or see few rows. */
const passing: Readonly<Record<string, string>> = {
  takeWebhooks: 'what is due and in the hands of another process: at most as much as that one works on',
  holdBackWebhooks: 'repeats what its index holds',
};

/** A scan of a table in a plan: what leads the index, what is filtered out, and whether a limit stands right above. */
interface Scan {
  readonly table: string;
  readonly condition: string;
  readonly filter: string;
  readonly isLimited: boolean;
}

function scansOf(plan: readonly string[]): readonly Scan[] {
  return plan.flatMap((line, index) => {
    const [, indent = '', table = ''] = /^( *)(?:-> {2})?Index(?: Only)? Scan.* on (\w+)/.exec(line) ?? [];
    if (table === '') return [];
    const rest = plan.slice(index + 1);
    const end = rest.findIndex((next) => /->|SubPlan|InitPlan/.test(next));
    const own = end === -1 ? rest : rest.slice(0, end);
    const said = (what: string) => own.find((next) => next.includes(`${what}: `))?.trim() ?? '';
    const above = plan.slice(0, index).findLast((before) => before.search(/\S/) < indent.length + 1) ?? '';
    return [
      { table, condition: said('Index Cond'), filter: said('Filter'), isLimited: above.includes('Limit') },
    ];
  });
}

test('no plan reads all of a number, or filters from one end on', async () => {
  for (const [name, text] of all) {
    if (/^\s*insert|^\s*select pg_/.test(text) || name in ofWholeNumbers) continue;
    const lines = (await connections.read(`explain (generic_plan, costs off) ${text}`)).map(([line]) =>
      String(line),
    );
    for (const { table, condition, filter, isLimited } of scansOf(lines)) {
      if (!large.includes(table)) continue;
      const plan = `${name}\n${lines.join('\n')}`;
      if (condition === 'Index Cond: (phone_number_id = $1)')
        assert.ok(isLimited, `reads all of a number: ${plan}`);
      const bothEnds = / >=? /.test(condition) && / <=? /.test(condition);
      const isOneRow = /\((entry|wa_id|"position") = (\$|ANY|\()/.test(condition);
      if (filter !== '' && !bothEnds && !isOneRow && !(name in passing))
        assert.fail(`filters from one end on: ${plan}`);
    }
  }
});

test('no plan reads a table from its beginning to its end', async (t) => {
  t.after(() => connections.close());
  for (const [name, text] of all) {
    if (/^\s*insert|^\s*select pg_/.test(text) || whole.includes(name)) continue;
    const plan = await connections.read(`explain (generic_plan) ${text}`);
    const lines = plan.map(([line]) => String(line));
    // The processes are a handful, and read as a whole.
    assert.ok(
      !lines.some((line) => /(Seq|Bitmap Heap) Scan on (?!workers)|Materialize/.test(line)),
      `${name}\n${lines.join('\n')}`,
    );
  }
});
