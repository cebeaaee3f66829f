// Shows how lists are read: lines, CSV in the languages of its users, files of other kinds; and where a person is
// asked instead.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainList, type ListOptions, readUserList } from '@blockhouse/user-lists';
import { streamUserList } from '@blockhouse/user-lists/stream';
import fc from 'fast-check';

/** Users, and what was not understood with a ! in front; or what has to be done. */
function read(source: string | Uint8Array, options: ListOptions = {}): readonly string[] | string {
  const list = readUserList(source, options);
  if (list.kind !== 'list') return list.kind === 'question' ? `${list.kind} ${list.question}` : list.kind;
  return list.rows.map((row) => ('user' in row ? row.user : `!${row.line} ${row.problem.code} ${row.text}`));
}

const ana = '16505551234';
const bea = '15550100001';
const both = [ana, bea];

for (const [what, source, rows] of [
  ['one a line', '+16505551234\n15550100001\n', both],
  ['line ends, blanks and remarks', '# spam\r\n +1 650 555 1234 \r\n\r\n', [ana]],
  ['several a line', '+1 650 555 1234\n0015550100001; 16505551235', [ana, bea, '16505551235']],
  ['line ends of old', 'user\r16505551234\r15550100001\r', both],
  ['a first line that holds a user is no header', 'My phone is +16505551234\n+15550100001', both],
  ['a first line that holds a user is no header, alone', 'WhatsApp: +16505551234', [ana]],
  ['a title above', 'WhatsApp numbers\n+16505551234\n+15550100001', both],
  ['names beside numbers', 'Ana +1 650 555 1234\nBea: https://wa.me/15550100001 (spam)', both],
  [
    'two numbers in one line of words',
    'Ana +16505551234 or +15550100001',
    ['!1 several Ana +16505551234 or +15550100001'],
  ],
  ['names and numbers below a title', 'Contatos\nAna: +16505551234, spam\nBea +15550100001', both],
  ['a single column behind the line that tells the delimiter', 'sep=;\nphone\n16505551234\n', [ana]],
  [
    'a number among words, without a plus',
    'Ana, 16505551234\nBea',
    ['!1 beside_words Ana, 16505551234', '!2 not_a_user Bea'],
  ],
  ['a national number', '98765 43210', ['!1 national 98765 43210']],
  ['extensions', '+1-650-555-1234;ext=12\n+1-555-010-0001;ext=1', both],
  ['thousands', '16,505,551,234\n15,550,100,001', both],
  ['CSV with commas', 'name,phone\n"Doe, Ana",+16505551234\n', [ana]],
  ['CSV with semicolons and a byte order mark', '\ufeffPhone;Name\n+16505551234;Ana\n', [ana]],
  ['CSV with tabs', 'name\tWA_ID\nAna\t16505551234\n', [ana]],
  ['CSV with bars', 'name|phone\nAna|16505551234\n', [ana]],
  ['CSV of a single column', 'user\n16505551234\n', [ana]],
  ['a first column that is named #', '#;Phone\n1;16505551234\n', [ana]],
  ['a remark above the header', '# from the shop\nname;phone\nAna;16505551234\n', [ana]],
  ['quoted headers', '"name";"phone"\n"Ana";"16505551234"\n', [ana]],
  ['IDs that stand in for each other', 'user_id,wa_id\nUS.1,\n,16505551234\n', ['US.1', ana]],
  [
    'a report of ours',
    'user,outcome,code,reason,explanation\n16505551234,refused,131047,window_closed,x\n',
    [ana],
  ],
  ['commas in a file with semicolons', 'amount;user\n12,50;16505551234\n', [ana]],
  ['semicolons in a file with commas', 'note,user\nspam; 15550100001,16505551234\n', [ana]],
  ['the line that tells the delimiter', 'sep=;\nname;user\nAna;16505551234\n', [ana]],
  ['the phone, where a user is a name', 'user,phone\nJohn,16505551234\n', [ana]],
  ['quotes in the middle of a field', 'note,user\n5" nails,16505551234\n', [ana]],
  ['a line break and a # within quotes', 'note,user\n"a\n#1",16505551234\n', [ana]],
  ['a tax number beside the phone', 'CPF;Telefone\n12345678909;+55 11 98765-4321\n', ['5511987654321']],
  ['an order number beside the phone', 'id,Mobile phone\n20261122001,16505551234', [ana]],
  ['an order number beside a phone that says so', '20261122001,+16505551234,VIP', [ana]],
  [
    'dates beside phones that say so',
    '2026-11-20;+5511999990027;spam\n2026-11-21;+16505551234;spam',
    ['5511999990027', ana],
  ],
  ["Meta's IDs beside phones", 'phone_number_id,phone\n106540352242922,16505551234', [ana]],
  ['floats of a spreadsheet', 'phone\n5511987654321.0\n', ['5511987654321']],
  ['a cell that is no user', 'phone\n+16505551234\n\nnobody', [ana, '!4 not_a_user nobody']],
  ['a cell that is empty', 'name,phone\nAna,\nBen,16505551234\n', ['!2 empty ', ana]],
  ['rows of empty cells', 'name,phone\n,\nBen,16505551234\n,', [ana]],
  [
    'a row of another width',
    'name,user\nAna\nBen,16505551234\nA,16505551234,x\n',
    ['!2 cell_count Ana', ana, '!4 cell_count A,16505551234,x'],
  ],
  ['a header alone', 'user,reason\n', []],
  ['nothing', '\n', []],
  ['an open quote', '"unclosed\n16505551234', ['!1 not_a_user "unclosed', ana]],
  [
    'lines of JSON',
    '{"wa_id":"16505551234","user_id":"US.1"}\n{"user":"US.2"}\nx',
    [ana, 'US.2', '!3 not_a_user x'],
  ],
  [
    'vCards',
    'BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nTEL;type=CELL:+1 650\n  555 1234\nitem1.TEL;waid=15550100001:+1 555 010 0001\nEND:VCARD\nBEGIN:VCARD\nTEL:+16505551234\nEND:VCARD',
    [bea, ana],
  ],
] as const) {
  test(`reads ${what}`, () => assert.deepEqual(read(source), rows));
}

for (const header of [
  ...[
    'Phone',
    'Phone number',
    'Mobile',
    'Customer WhatsApp',
    'E.164',
    'Telefone',
    'Telefone (WhatsApp)',
    'Celular',
  ],
  ...[
    'Nº de teléfono',
    'Móvil',
    'Número de WhatsApp',
    'No. HP',
    'Nomor telepon',
    'मोबाइल नंबर',
    'फ़ोन',
    'Handynummer',
  ],
  ...[
    'Telefonnummer',
    'Мобильный телефон',
    'ТЕЛЕФОН',
    'Téléphone portable',
    'Numero di telefono',
    'Cellulare',
  ],
  ...['Cep telefonu', 'TELEFON', 'رقم الهاتف', 'الجوال', 'wa_id', 'user', 'Número', 'номер'],
]) {
  test(`"${header}" is a column of users`, () => {
    assert.deepEqual(read(`CPF;${header};Nome\n12345678909;5511987654321;Ana\n`), ['5511987654321']);
  });
}

for (const [what, source, question] of [
  ['no named column', 'Kunde;Auftrag\n16505551234;4915123456789\n', 'none_named'],
  ['columns without a user', 'name,city\nAna,Paris\n', 'none_named'],
  ['two columns of phones', 'Phone,Mobile\n16505551234,15550100001\n', 'several_named'],
  ['two cells that could be phones', '12345678909;16505551234\n12345678909;15550100001\n', 'none_named'],
  ['bare digits beside words', '16505551234;Ana\n15550100001;Bea\n', 'none_named'],
  ['two columns that say so', '+16505551234;+15550100001;Ana\n', 'several_named'],
  ['a column that only sounds like users', 'user,city\nAna,Paris\n', 'none_named'],
] as const) {
  test(`asks where there is ${what}`, () => assert.equal(read(source), `question ${question}`));
}

test('a question says which columns there are, and a column that was chosen is read, by name or place', () => {
  const source = 'Kunde;Auftrag\n16505551234;4915123456789\n';
  const asked = readUserList(source);
  assert.ok(asked.kind === 'question');
  assert.deepEqual(asked.columns, [
    { place: 1, name: 'Kunde', samples: ['16505551234'], hasUsers: true },
    { place: 2, name: 'Auftrag', samples: ['4915123456789'], hasUsers: true },
  ]);
  assert.equal(
    explainList(asked),
    'No column is named as one of phones. Choose the column of users: 1 "Kunde" (such as "16505551234"), 2 "Auftrag" (such as "4915123456789").',
  );
  for (const column of ['Kunde', 'KUNDE ', 1, '1']) assert.deepEqual(read(source, { column }), [ana]);
  assert.deepEqual(read(source, { column: 2 }), ['4915123456789']);
  assert.equal(read(source, { column: 'Telefon' }), 'question unknown_column');
  assert.equal(read(source, { column: 3 }), 'question unknown_column');
  assert.deepEqual(read('16505551234;Ana\n15550100001;Bea\n', { column: 1 }), both);
  assert.deepEqual(read('Phone,Mobile\n16505551234,15550100001\n', { column: 'Mobile' }), [bea]);
});

test('notes and ends are read with the users', () => {
  const list = readUserList("Téléphone;Motif;Jusqu'au\n+16505551234;'=spam;2026-12-01\n+15550100001;;\n");
  assert.ok(list.kind === 'list');
  assert.equal(list.column, 'Téléphone');
  assert.deepEqual(list.rows, [
    { line: 2, text: '+16505551234', user: ana, note: '=spam', until: '2026-12-01' },
    { line: 3, text: '+15550100001', user: bea, note: null, until: null },
  ]);
});

test('national numbers are read where a country was chosen', () => {
  assert.deepEqual(read('phone\n98765 43210\n+16505551234', { defaultCountry: 'IN' }), ['919876543210', ana]);
});

const utf16 = (text: string, isBig: boolean) => {
  const bytes = Buffer.from(text, 'utf16le');
  return new Uint8Array(isBig ? bytes.swap16() : bytes);
};

test('UTF-8, UTF-16 and Windows-1252 are read, with a mark and without', () => {
  const text = 'Número;Observação\n+16505551234;Não\n';
  for (const bytes of [
    Buffer.from(text),
    Buffer.from(`\ufeff${text}`),
    utf16(text, false),
    utf16(text, true),
    utf16(`\ufeff${text}`, false),
    utf16(`\ufeff${text}`, true),
    Buffer.from(text, 'latin1'),
  ]) {
    const list = readUserList(new Uint8Array(bytes));
    assert.ok(list.kind === 'list', JSON.stringify(list));
    assert.deepEqual(list.rows, [{ line: 2, text: '+16505551234', user: ana, note: 'Não', until: null }]);
  }
});

for (const [file, bytes, sentence] of [
  ['excel', 'PK\u0003\u0004\u0014\u0000xl/workbook.xml', /Excel workbook\. Open it, save the sheet as CSV/],
  ['excel', '\u00d0\u00cf\u0011\u00e0\u00a1', /Excel workbook/],
  [
    'opendocument',
    'PK\u0003\u0004mimetypeapplication/vnd.oasis.opendocument.spreadsheet',
    /save the sheet as CSV/,
  ],
  ['numbers', 'PK\u0003\u0004Index/Document.iwa', /Export it to CSV in Numbers/],
  ['zip', 'PK\u0003\u0004readme.txt', /Unpack it/],
  ['pdf', '%PDF-1.7', /PDF/],
  ['binary', 'abc\u0000\u0001', /no text/],
] as const) {
  test(`${file} is recognized, and the next step is named`, () => {
    const list = readUserList(new Uint8Array(Buffer.from(bytes, 'latin1')));
    assert.ok(list.kind === 'file');
    assert.equal(list.file, file);
    assert.match(explainList(list), sentence);
  });
}

test('broken CSV and a file that is too large are refused in a sentence', () => {
  const broken = readUserList('user,note\n1,"open\n');
  assert.ok(broken.kind === 'broken');
  assert.match(explainList(broken), /^The CSV cannot be read: .*line \d/);
  const large = readUserList('1'.repeat(17 * 1024 * 1024));
  assert.ok(large.kind === 'too_large');
});

const cell = fc.oneof(
  fc.constantFrom(
    '+16505551234',
    '15550100001',
    '98765 43210',
    'Ana',
    '',
    'US.1',
    '2026-11-20',
    'a "b"',
    'x\ny',
  ),
  fc.string({ maxLength: 12 }),
);
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

test('of a table with a header exactly the cells of the named column count, whatever stands beside them', () => {
  const row = fc.tuple(
    cell,
    fc.constantFrom('+16505551234', '15550100001', 'US.1', '2026-11-20', 'nobody'),
    cell,
  );
  fc.assert(
    fc.property(fc.array(row, { maxLength: 20 }), fc.constantFrom(',', ';', '\t', '|'), (rows, delimiter) => {
      const lines = [['a', 'Phone', 'b'], ...rows].map((cells) => cells.map(quoted).join(delimiter));
      const list = readUserList(lines.join('\n'));
      assert.ok(list.kind === 'list', JSON.stringify(list));
      const wanted = rows.map(([, text]) =>
        text === '2026-11-20' || text === 'nobody' ? null : text.replace('+', ''),
      );
      assert.deepEqual(
        list.rows.map((one) => ('user' in one ? one.user : null)),
        wanted,
      );
    }),
  );
});

test('a list that is read a slice at a time is the same list', async () => {
  const text = fc.oneof(
    fc
      .array(fc.array(cell, { maxLength: 4 }), { maxLength: 30 })
      .map((rows) => rows.map((row) => row.join(';')).join('\n')),
    fc.array(cell, { maxLength: 30 }).map((cells) => `phone\n${cells.map(quoted).join('\r\n')}`),
    fc.string({ unit: 'binary' }),
  );
  await fc.assert(
    fc.asyncProperty(text, async (one) => {
      const list = readUserList(one);
      assert.deepEqual(await streamUserList(one), list.kind === 'list' ? list.rows : list);
    }),
    { numRuns: 300 },
  );
});

test('other work continues while a large list is read', async () => {
  const rows = Array.from({ length: 100_000 }, (_, index) => `${16500000000 + index},note ${index}`);
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const read = await streamUserList(`phone,note\n${rows.join('\n')}`);
  clearInterval(timer);
  assert.ok(Array.isArray(read) && read.length === rows.length);
  assert.ok(turns > 20, `${turns} turns`);
});
