// Shows which spellings of a user are read as whom, and which are refused, why, and with what suggestion.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainProblem, readUserText } from '@blockhouse/user-lists';
import fc from 'fast-check';
import { getCountries, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';

const br = '5511987654321';

for (const [text, user] of [
  // A wa_id and E.164.
  [br, br],
  ['+5511987654321', br],
  ['+55 11 98765-4321', br],
  ['0055 11 98765 4321', br],
  ['+55 (11) 98765.4321', br],
  ['+44 (0)20 7946 0958', '442079460958'],
  ['+44 020 7946 0958', '442079460958'],
  ['+39 06 1234 5678', '390612345678'],
  ['+1.6505551234', '16505551234'],
  ['+1.650.555.1234', '16505551234'],
  ['91 98765 43210', '919876543210'],
  ['5215512345678', '5215512345678'],
  ['+54 9 11 2345-6789', '5491123456789'],
  // Spreadsheets.
  ['5511987654321.0', br],
  ['5511987654321.00', br],
  ['919876543210.0', '919876543210'],
  ['5511987654321,0', br],
  ['5,511,987,654,321', br],
  ['5,511,987,654,321.00', br],
  ['5.511.987.654.321', br],
  ['5.511.987.654.321,00', br],
  ['5.511987654321E+12', br],
  ['5,511987654321E+12', br],
  ['5.511987654321e12', br],
  ["'+5511987654321", br],
  ['="5511987654321"', br],
  ['"+55 11 98765-4321"', br],
  ['“+5511987654321”', br],
  // Extensions of telephone systems.
  ['+1 650 555 1234 ext. 5', '16505551234'],
  ['+1-650-555-1234;ext=12', '16505551234'],
  ['+1 650 555 1234 x123', '16505551234'],
  ['+55 11 3333-4444 ramal 12', '551133334444'],
  // Links.
  ['https://wa.me/5511987654321', br],
  ['wa.me/5511987654321?text=Hi%20there', br],
  ['https://wa.me/+5511987654321', br],
  ['https://api.whatsapp.com/send?phone=5511987654321&text=Hi', br],
  ['https://api.whatsapp.com/send/?text=x&phone=%2B5511987654321', br],
  ['https://web.whatsapp.com/send?phone=5511987654321', br],
  ['whatsapp://send?phone=5511987654321', br],
  ['tel:+55-11-98765-4321', br],
  ['tel:+1-650-555-1234;ext=12', '16505551234'],
  ['5511987654321@s.whatsapp.net', br],
  ['5511987654321:12@s.whatsapp.net', br],
  ['5511987654321@c.us', br],
  // vCards.
  ['TEL;type=CELL;waid=5511987654321:+55 11 98765-4321', br],
  ['TEL;TYPE=CELL:+55 11 98765-4321', br],
  ['item1.TEL;type=pref:+5511987654321', br],
  ['TEL;VALUE=uri:tel:+55-11-98765-4321', br],
  // Digits of other scripts, and characters that are not seen.
  ['＋５５１１９８７６５４３２１', br],
  ['+٥٥١١٩٨٧٦٥٤٣٢١', br],
  ['۵۵۱۱۹۸۷۶۵۴۳۲۱', br],
  ['+९१ ९८७६५ ४३२१०', '919876543210'],
  ['\ufeff\u200e+55\u00a011\u202f98765\u20114321\u200f', br],
  ['\u2066+55 11 98765\u00ad4321\u2069', br],
  ['\u202a5511987654321\u202c', br],
  // IDs.
  ['US.13491208655302741918', 'US.13491208655302741918'],
  ['us.123', 'US.123'],
] as const) {
  test(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(readUserText(text), { user }));
}

for (const [text, code, suggestions] of [
  ['', 'empty'],
  ['""', 'empty'],
  ['\ufeff', 'empty'],
  ['5.51199E+12', 'rounded'],
  ['5,51199E+12', 'rounded'],
  ['5511987654321.5', 'decimal'],
  ['5511.987654321', 'decimal'],
  ['+5511.987654321', 'decimal'],
  ['2026-11-20', 'date'],
  ['20/11/2026', 'date'],
  ['20.11.2026', 'date'],
  ['11/20/2026', 'date'],
  ['2026-11-20 10:00', 'not_a_user'],
  ['123.456.789-09', 'tax_number'],
  ['12.345.678/0001-95', 'tax_number'],
  ['98765 43210', 'national'],
  ['9876543210', 'national'],
  ['0812-3456-7890', 'national'],
  ['(0) 812 3456', 'national'],
  ['(11) 98765-4321', 'national'],
  ['55.119.876', 'national'],
  ['1 (650) 555-1234', 'ambiguous', ['+16505551234']],
  ['612 345 678', 'ambiguous', ['+612345678']],
  ['31 98765-4321', 'ambiguous', ['+31987654321']],
  ['tel:863-1234;phone-context=+1-914-555', 'national'],
  ['+550119', 'impossible'],
  ['+2101234567', 'impossible'],
  ['+98 7654 3210', 'impossible'],
  ['US.ENT.11815799212886844830', 'parent_id'],
  ['https://wa.me/message/ABCDEF', 'no_phone_in_link'],
  ['https://chat.whatsapp.com/ABCDEF', 'no_phone_in_link'],
  ['120363041234567890@g.us', 'no_phone_in_link'],
  ['https://example.com/5511987654321', 'no_phone_in_link'],
  ['Ana', 'not_a_user'],
  ['Ana +5511987654321', 'not_a_user'],
  ['12', 'not_a_user'],
  ['9'.repeat(400), 'too_long'],
] as const) {
  test(`refuses ${JSON.stringify(text.slice(0, 40))}: ${code}`, () => {
    const reading = readUserText(text);
    assert.ok('problem' in reading, JSON.stringify(reading));
    assert.equal(reading.problem.code, code);
    if (suggestions) assert.deepEqual(reading.problem.suggestions, suggestions);
    assert.match(explainProblem(reading.problem), /^[A-Z].*[.?]$/);
  });
}

for (const [text, defaultCountry, user] of [
  ['98765 43210', 'IN', '919876543210'],
  ['9876543210', 'IN', '919876543210'],
  ['09876543210', 'IN', '919876543210'],
  ['91 98765 43210', 'IN', '919876543210'],
  ['919876543210', 'IN', '919876543210'],
  ['(11) 98765-4321', 'BR', br],
  ['11987654321', 'BR', br],
  [br, 'BR', br],
  ['0812-3456-7890', 'ID', '6281234567890'],
  ['8 (916) 123-45-67', 'RU', '79161234567'],
  ['(650) 253-0000', 'US', '16502530000'],
  ['+55 11 98765-4321', 'IN', br],
  ['https://wa.me/5511987654321', 'IN', br],
] as const) {
  test(`reads ${text} in ${defaultCountry}`, () =>
    assert.deepEqual(readUserText(text, { defaultCountry }), { user }));
}

test('digits that are somebody in the country, and somebody else in the world, are refused with both', () => {
  const reading = readUserText('31 98765-4321', { defaultCountry: 'BR' });
  assert.ok('user' in reading || reading.problem.suggestions.length === 2, JSON.stringify(reading));
});

test('what a suggestion says is read as itself, and no text makes it throw', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[+0-9 ().,E;x/-]{0,25}$/),
    fc.stringMatching(/^(wa\.me\/|tel:|TEL;|US\.)[0-9%a-z:;=]{0,20}$/),
  );
  fc.assert(
    fc.property(text, fc.constantFrom(undefined, 'IN', 'BR', 'ZZ'), (one, defaultCountry) => {
      const reading = readUserText(one, { defaultCountry });
      if ('user' in reading) {
        const again = /^\d/.test(reading.user) ? `+${reading.user}` : reading.user;
        assert.deepEqual(readUserText(again), { user: reading.user });
        return;
      }
      for (const suggestion of reading.problem.suggestions) {
        assert.deepEqual(readUserText(suggestion), { user: suggestion.replace('+', '') });
      }
    }),
    { numRuns: 2000 },
  );
});

test("every country's example is read in each of its own formats", () => {
  for (const country of getCountries()) {
    const example = getExampleNumber(country, examples);
    assert.ok(example);
    const user = example.number.slice(1);
    for (const text of [
      example.number,
      user,
      example.formatInternational(),
      example.getURI(),
      `${user}.0`,
      `00${user}`,
    ]) {
      assert.deepEqual(readUserText(text), { user }, `${country}: ${text}`);
    }
    const national = readUserText(example.formatNational(), { defaultCountry: country });
    if ('user' in national) assert.equal(national.user, user, `${country}: ${example.formatNational()}`);
    else
      assert.ok(national.problem.suggestions.includes(`+${user}`), `${country}: ${example.formatNational()}`);
    const unsaid = readUserText(example.formatNational());
    assert.ok(!('user' in unsaid) || unsaid.user === user, `${country}: ${example.formatNational()} unsaid`);
  }
});
