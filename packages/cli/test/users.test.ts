// Shows how users are read: one a line, CSV with a header, what spreadsheets write, and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUsers } from '../src/users.ts';

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
  ['a header alone', 'user,reason\n', []],
  ['nothing', '\n', []],
] as const) {
  test(what, () => {
    assert.deepEqual(parseUsers(source), users);
  });
}

test('CSV whose header names no user is refused, and says what would do', () => {
  assert.throws(
    () => parseUsers('name,city\nAna,Paris\n'),
    /a column phone, wa_id, user_id, user, input; it is "name,city"/,
  );
});

test('a row with more or fewer cells than the header is refused, with its line', () => {
  assert.throws(() => parseUsers('name,user\nAna\n'), /UsageError: The CSV cannot be read: .*line 2/);
});

test('broken CSV is refused in one sentence', () => {
  assert.throws(() => parseUsers('user,note\n1,"open\n'), /^UsageError: The CSV cannot be read: /);
});

test('a user that is empty or absurdly long is refused', () => {
  assert.throws(() => parseUsers('"1"\n" "\n'), /A user is empty/);
  assert.throws(() => parseUsers('9'.repeat(200)), /too long for a user/);
});
