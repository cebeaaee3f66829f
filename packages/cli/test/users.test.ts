// Shows how users are read: one a line, CSV with a header, what spreadsheets write, and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { User } from '@blockhouse/client';
import { parseList, userOf } from '../src/users.ts';

function parseUsers(source: string, flags = {}): readonly User[] {
  return parseList(source, { name: 'the file', ...flags }).rows.map(userOf);
}

for (const [what, source, users] of [
  ['one a line', '+16505551234\n15550100001\n', ['+16505551234', '15550100001']],
  ['line ends, blanks and remarks', '# spam\r\n +1 650 555 1234 \r\n\r\n', ['+1 650 555 1234']],
  ['business-scoped user IDs', 'US.123\n16505551234', [{ userId: 'US.123' }, '16505551234']],
  ['quotes around a line', '"+1 650 555 1234"\n', ['+1 650 555 1234']],
  ['CSV with commas', 'name,phone\n"Doe, Ana",+16505551234\n', ['+16505551234']],
  ['CSV with semicolons and a byte order mark', '\ufeffPhone;Name\n+16505551234;Ana\n', ['+16505551234']],
  ['CSV with tabs', 'name\tWA_ID\nAna\t16505551234\n', ['16505551234']],
  ['CSV of a single column', 'user\n16505551234\n', ['16505551234']],
  [
    'the most telling column that has a value',
    'user_id,wa_id\nUS.1,\n,16505551234\n',
    [{ userId: 'US.1' }, '16505551234'],
  ],
  ['CSV of a single column, whatever its case', 'Phone\n+16505551234\n', ['+16505551234']],
  ['commas in a file with semicolons', 'amount;user\n12,50;16505551234\n', ['16505551234']],
  ['semicolons in a file with commas', 'note,user\nspam; 15550100001,16505551234\n', ['16505551234']],
  ['the line that tells a spreadsheet its delimiter', 'sep=;\nname;user\nAna;16505551234\n', ['16505551234']],
  ['the phone, where a user is a name', 'user,phone\nJohn,16505551234\n', ['16505551234']],
  ['quotes in the middle of a field', 'note,user\n5" nails,16505551234\n', ['16505551234']],
  ['a line break and a # within quotes', 'note,user\n"a\n#1",16505551234\n', ['16505551234']],
  ['line ends of old', 'user\r16505551234\r15550100001\r', ['16505551234', '15550100001']],
  [
    'lines of JSON',
    '{"wa_id":"16505551234","user_id":"US.1"}\n{"user":"US.2"}\n',
    ['16505551234', { userId: 'US.2' }],
  ],
  ['a user ID in small letters', 'us.123\n', [{ userId: 'US.123' }]],
  ['rows without a user', 'name,phone\nAna,\nBen,16505551234\n', ['16505551234']],
] as const) {
  test(what, () => {
    assert.deepEqual(parseUsers(source), users);
  });
}

test('a list without anybody in it is refused', () => {
  for (const source of ['user,reason\n', '\n'])
    assert.throws(() => parseUsers(source), /^UsageError: There are no users in the file\.$/);
});

test('CSV that names no column of users is refused, and says which there are', () => {
  assert.throws(
    () => parseUsers('name,city\nAna,Paris\n'),
    /the file: No column is named .*: 1 "name" \(such as "Ana"\), 2 "city" .*--column\.$/,
  );
  assert.deepEqual(parseUsers('Kunde;Auftrag\n16505551234;4915123456789\n', { column: 'kunde' }), [
    '16505551234',
  ]);
  assert.deepEqual(parseUsers('Kunde;Auftrag\n16505551234;4915123456789\n', { column: '2' }), [
    '4915123456789',
  ]);
});

test('national numbers are read where their country is named, and refused otherwise', () => {
  assert.deepEqual(parseUsers('98765 43210\n', { country: 'in' }), ['+919876543210']);
  assert.throws(
    () => parseUsers('98765 43210\n'),
    /no users in the file\.\nLine 1, "98765 43210": It is a national number\. Write it with \+/,
  );
  assert.throws(
    () => parseUsers('98765 43210\n', { country: 'India' }),
    /--country must be .* BR, got "INDIA"/,
  );
});

test('what is not understood is kept beside the users, with its line', () => {
  const { rows, notUnderstood } = parseList('name,user\nAna\nBen,16505551234\n,2026-11-20\n', { name: 'x' });
  assert.deepEqual(rows.map(userOf), ['16505551234']);
  assert.deepEqual(
    notUnderstood.map(({ line, problem }) => [line, problem.code]),
    [
      [2, 'cell_count'],
      [4, 'date'],
    ],
  );
});

test('broken CSV and a workbook are refused in one sentence', () => {
  assert.throws(() => parseUsers('user,note\n1,"open\n'), /^UsageError: the file: The CSV cannot be read: /);
  assert.throws(
    () => parseList(new Uint8Array(Buffer.from('PK\u0003\u0004xl/')), { name: 'x.xlsx' }),
    /^UsageError: x\.xlsx: The file is an Excel workbook\. Open it, save the sheet as CSV/,
  );
});
