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
    'the best column that has a value',
    'user_id,wa_id\nUS.1,\n,16505551234\n',
    [{ userId: 'US.1' }, '16505551234'],
  ],
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
    /a column user, phone, wa_id, user_id, input; it is "name,city"/,
  );
});

test('broken CSV is refused in one sentence', () => {
  assert.throws(() => parseUsers('user,note\n1,"open\n'), /^UsageError: The CSV cannot be read: /);
});
