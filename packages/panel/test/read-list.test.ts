// Shows what the dialog understands of a list before anybody is blocked, what it leaves out and why, and what has to be said first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ListRequest, readList } from '../src/block/read-list.ts';

const nowMs = Date.parse('2026-11-20T12:00:00Z');
const read = (text: string, more: Partial<ListRequest> = {}) =>
  readList({ text, file: null, columns: {}, country: null, nowMs, ...more });
const codes = (...given: Parameters<typeof read>) =>
  read(...given).left.map(({ text, code }) => [text, code]);

test('users are read from lines, several in a line, CSV, and within words; who is there twice counts once', () => {
  for (const [text, users] of [
    ['+1 650 555 1234\n0016505551235; 16505551236', ['16505551234', '16505551235', '16505551236']],
    ['name,phone\n"Smith, John",16505551234', ['16505551234']],
    ['id,Mobile phone\n20261122001,16505551234', ['16505551234']],
    ['20261122001,+16505551234,VIP', ['16505551234']],
    ['CPF;Telefone\n12345678909;+55 11 98765-4321', ['5511987654321']],
    ['US.13491208655302741918', ['US.13491208655302741918']],
    ['WhatsApp: +5511999990001', ['5511999990001']],
    ['My phone is +55 11 99999-0001\n+55 11 99999-0002', ['5511999990001', '5511999990002']],
    ['2026-11-20;+5511999990027;spam', ['5511999990027']],
  ] as const)
    assert.deepEqual(read(text).users, users, text);
  assert.equal(read('16505551234\n+1 650 555 1234').duplicates, 1);
});

test('what is not understood is left out, and the reason is told', () => {
  assert.deepEqual(codes('\ufeffphone\n"+1 (650) 555-1234"\n\nnobody'), [['nobody', 'not_a_user']]);
  assert.deepEqual(codes('2026-11-20'), [['2026-11-20', 'date']]);
  assert.deepEqual(codes('"unclosed\n16505551234'), [['"unclosed', 'not_a_user']]);
});

test('a number without a country code is nobody until the country is chosen', () => {
  const unsaid = read('98765 43210');
  assert.deepEqual([unsaid.users, unsaid.lacksCountry], [[], true]);
  const said = read('98765 43210\n+55 11 98765-4321', { country: 'IN' });
  assert.deepEqual(said.users, ['919876543210', '5511987654321']);
  assert.deepEqual(said.countries, [
    ['IN', 1],
    ['BR', 1],
  ]);
});

test('which column holds the users is asked where it is not clear, and the answer counts', () => {
  const text = 'Kunde;Auftrag\n16505551234;4915123456789';
  const asked = read(text);
  assert.deepEqual([asked.users, asked.problems.text?.kind], [[], 'question']);
  assert.deepEqual(read(text, { columns: { text: 2 } }).users, ['4915123456789']);
  assert.equal(read('2026-11-20;5511999990027;spam').problems.text?.kind, 'question');
});

test('the columns note and until of a CSV belong to their rows', () => {
  const { users, details, left } = read(
    [
      'phone,note,until',
      '16505551234,Spam,2027-01-31T18:00:00+01:00',
      '16505551235,,',
      '16505551236,Gold,31/01/2027',
      '16505551237,Old,2026-11-20T11:00:00Z',
      `16505551238,${'x'.repeat(1001)},`,
    ].join('\n'),
  );
  assert.deepEqual(users, ['16505551234', '16505551235']);
  assert.deepEqual([...details], [['16505551234', { note: 'Spam', until: '2027-01-31T17:00:00.000Z' }]]);
  assert.deepEqual(
    left.map(({ line, text, code }) => [line, text, code]),
    [
      [4, '31/01/2027', 'until'],
      [5, '2026-11-20T11:00:00Z', 'over'],
      [6, '16505551238', 'note'],
    ],
  );
});

test('a file is read beside the text, in its encoding; a workbook is told to be one', () => {
  const utf16 = new Uint8Array(Buffer.from('\ufeffTelefone\tNome\n+55 11 98765-4321\tJoão', 'utf16le'));
  assert.deepEqual(read('+1 650 555 1234', { file: utf16 }).users, ['16505551234', '5511987654321']);
  const workbook = new Uint8Array(
    Buffer.from('PK\u0003\u0004 [Content_Types].xml xl/workbook.xml', 'latin1'),
  );
  const { users, problems } = read('+1 650 555 1234', { file: workbook });
  assert.deepEqual(users, ['16505551234']);
  assert.deepEqual(problems, { text: null, file: { kind: 'file', file: 'excel' } });
});
