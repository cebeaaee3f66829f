// Shows which spellings of a phone count as one account, and that every spelling leads to the same set.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { phoneVariants } from '@blockhouse/client/wire';
import fc from 'fast-check';

const pairs: readonly [plan: string, one: string, other: string][] = [
  ['the ninth digit of Brazil, where WhatsApp mostly leaves it out', '5531988887777', '553188887777'],
  ['the ninth digit of Brazil, where WhatsApp mostly keeps it', '5511999990000', '551199990000'],
  ['the 1 of Mexico', '5215512345678', '525512345678'],
  ['the 9 of Argentina', '5491123456789', '541123456789'],
  ['the operator digits of Ivory Coast (Moov)', '2250140123456', '22540123456'],
  ['the operator digits of Ivory Coast (MTN)', '2250505123456', '22505123456'],
  ['the operator digits of Ivory Coast (Orange)', '2250707123456', '22507123456'],
  ['the 01 of Benin', '2290197123456', '22997123456'],
];

for (const [plan, one, other] of pairs) {
  test(`folds ${plan}`, () => {
    assert.deepEqual(phoneVariants(one), [one, other]);
    assert.deepEqual(phoneVariants(other), [other, one]);
  });
}

const alone: readonly [why: string, digits: string][] = [
  ['a number of a country without variants', '16505551234'],
  ['a Brazilian landline', '553133334444'],
  ['a Brazilian mobile whose last eight digits are a landline', '5511954321234'],
  ['a toll-free Argentine number', '548001234567'],
  ['an Ivorian number of the new plan alone', '2250118139912'],
  ['an Ivorian landline', '2252720123456'],
  ['a number that is too short for its plan', '5211234567'],
  ['nothing', ''],
];

for (const [why, digits] of alone) {
  test(`leaves ${why} alone`, () => assert.deepEqual(phoneVariants(digits), [digits]));
}

const countries = fc.constantFrom(
  '55',
  '52',
  '521',
  '54',
  '549',
  '225',
  '22501',
  '22505',
  '22507',
  '229',
  '22901',
  '1',
  '44',
);
const phones = fc
  .tuple(countries, fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 6, maxLength: 11 }))
  .map(([code, digits]) => code + digits.join(''));

test('every spelling leads to the same set, which begins with what was asked', () => {
  fc.assert(
    fc.property(phones, (digits) => {
      const variants = phoneVariants(digits);
      assert.equal(variants[0], digits);
      assert.equal(new Set(variants).size, variants.length);
      for (const variant of variants)
        assert.deepEqual([...phoneVariants(variant)].sort(), [...variants].sort());
    }),
    { numRuns: 5000 },
  );
});

test('two numbers never share a variant unless they are variants of each other', () => {
  fc.assert(
    fc.property(phones, phones, (one, other) => {
      const shared = phoneVariants(one).some((variant) => phoneVariants(other).includes(variant));
      assert.equal(shared, phoneVariants(one).includes(other));
    }),
    { numRuns: 5000 },
  );
});
