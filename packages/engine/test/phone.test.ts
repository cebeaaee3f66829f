// Shows which spellings of a phone number are read, which are refused, and that calling codes agree with libphonenumber.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countryOf, readPhone, readWaId } from '@blockhouse/engine';
import fc from 'fast-check';
import { getCountries, getCountryCallingCode, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';

const spellings: readonly [text: string, waId: number][] = [
  ['+16505551234', 16505551234],
  ['16505551234', 16505551234],
  ['0016505551234', 16505551234],
  ['+1 (650) 555-1234', 16505551234],
  ['+1.650.555.1234', 16505551234],
  [' +1 650 555 1234 ', 16505551234],
  ['tel:+1-650-555-1234', 16505551234],
  ['+1\u00a0650\u2011555\u20111234', 16505551234],
  ['\u202a+1 650 555 1234\u202c', 16505551234],
  ['＋１６５０５５５１２３４', 16505551234],
  ['+44 (0)20 7946 0958', 442079460958],
  ['0044 (0)20 7946 0958', 442079460958],
  ['44 ( 0 ) 20 7946 0958', 442079460958],
  ['+919999999999', 919999999999],
  ['40740000000', 40740000000],
  // A spreadsheet's floats, a registry's dot, digits of other scripts, and characters that are not seen.
  ['5511987654321.0', 5511987654321],
  ['+5511987654321.00', 5511987654321],
  ['+1.6505551234', 16505551234],
  ['+٥٥١١٩٨٧٦٥٤٣٢١', 5511987654321],
  ['+९१ ९८७६५ ४३२१०', 919876543210],
  ['\ufeff\u2066+55 11 98765\u00ad4321\u2069', 5511987654321],
];

for (const [text, waId] of spellings) {
  test(`reads ${JSON.stringify(text)}`, () => assert.equal(readPhone(text), waId));
}

const impossible = [
  '',
  '+',
  '0',
  'abc',
  '123',
  '+1',
  '+1650555123',
  '+165055512345',
  '+0123456789',
  '+2101234567',
  '+1234567890123456',
  '1650555123a',
  '++16505551234',
  '+1 650 555 1234 ext. 5',
  '1e10',
  '-16505551234x',
  // Something else: fractions, rounded numbers, dates, tax numbers.
  '5511987654321.5',
  '5511.987654321',
  '5.51199E+12',
  '2026-11-20',
  '20/11/2026',
  '20.11.2026',
  '123.456.789-09',
  '12.345.678/0001-95',
  '__proto__',
  '9'.repeat(100_000),
];

for (const text of impossible) {
  test(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => assert.equal(readPhone(text), null));
}

test('a wa_id is read only as bare digits', () => {
  assert.equal(readWaId('16505551234'), 16505551234);
  assert.equal(readWaId('+16505551234'), null);
  assert.equal(readWaId('016505551234'), null);
});

test('no text makes it throw, and what it reads it reads again from its own digits', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[+0-9 ()-]{0,25}$/)), (text) => {
      const waId = readPhone(text);
      if (waId !== null) assert.equal(readPhone(`+${waId}`), waId);
    }),
  );
});

test("every country's example number is possible and belongs to a country with its calling code", () => {
  for (const country of getCountries()) {
    const example = getExampleNumber(country, examples);
    assert.ok(example, country);
    assert.equal(readPhone(example.number), Number(example.number.slice(1)), example.number);
    const found = countryOf(example.number.slice(1));
    assert.ok(found);
    assert.equal(getCountryCallingCode(found as typeof country), getCountryCallingCode(country), country);
  }
});

test('numbers of the North American plan get the country of their area code', () => {
  assert.equal(countryOf('16505551234'), 'US');
  assert.equal(countryOf('14165551234'), 'CA');
  assert.equal(countryOf('18765551234'), 'JM');
  assert.equal(countryOf('77011234567'), 'KZ');
  assert.equal(countryOf('79161234567'), 'RU');
  assert.equal(countryOf('999123'), null);
});
