/**
 * Numbering plans that changed while WhatsApp kept accounts under the old spelling, or that write a mobile number
 * in two ways. Each plan pairs the two spellings; a number matches at most one pattern.
 *
 * Brazil: mobile numbers got a ninth digit. WhatsApp keeps it in area codes 11-19, 21, 22, 24, 27 and 28, and mostly
 * leaves it out elsewhere, depending on when the account was made, so both spellings are possible in every area. The
 * eight digits of an old mobile number begin with 6 to 9; 2 to 5 are landlines, which never got a ninth digit.
 * Mexico: the mobile prefix 1 was dropped in 2019; accounts made before keep it.
 * Argentina: the 9 marks a mobile number that is dialed from abroad. Without it the same digits may also be a landline.
 * Ivory Coast: two digits of the operator were put in front in 2021 (mobile 01, 05, 07, which follow from the second
 * digit of the old number). Benin: 01 was put in front of every number in 2024.
 *
 * Sources:
 *
 * - support.gupshup.io article 4407840924953; help.zoho.com "inconsistencies in mobile numbers and their WhatsApp IDs in
 *   Brazil and Mexico"
 * - support.whapi.cloud and green-api.com on numbers of different countries (Brazil, Mexico, Argentina)
 * - wwebjs/whatsapp-web.js#596 (no certain rule per Brazilian area code); chatwoot/chatwoot#14174 and #14264
 * - devlikeapro/waha#1894 (Ivory Coast "or other countries with a similar case"); itu.int T02020000310006 (Ivory Coast)
 * - mobi/telephone_number#138 (Benin)
 */
const plans: readonly (readonly [from: RegExp, to: string])[] = [
  [/^55([1-9]\d)9([6-9]\d{7})$/, '55$1$2'],
  [/^55(?<area>[1-9]\d)(?<old>[6-9]\d{7})$/, '55$<area>9$<old>'],
  [/^521([2-9]\d{9})$/, '52$1'],
  [/^52([2-9]\d{9})$/, '521$1'],
  [/^549([1-3]\d{9})$/, '54$1'],
  [/^54([1-3]\d{9})$/, '549$1'],
  [/^225(?:01([04-9][0-3]\d{6})|05([04-9][4-6]\d{6})|07([04-9][7-9]\d{6}))$/, '225$1$2$3'],
  [/^225([04-9][0-3]\d{6})$/, '22501$1'],
  [/^225([04-9][4-6]\d{6})$/, '22505$1'],
  [/^225([04-9][7-9]\d{6})$/, '22507$1'],
  [/^22901([2-9]\d{7})$/, '229$1'],
  [/^229([2-9]\d{7})$/, '22901$1'],
];

/** Whether the number can belong to one of these plans. Most numbers do not. */
function mayHaveVariants(digits: string): boolean {
  return digits.startsWith('5') || digits.startsWith('2');
}

/** Whether {@link phoneVariants} knows another spelling. */
export function hasPhoneVariants(digits: string): boolean {
  return mayHaveVariants(digits) && plans.some(([from]) => from.test(digits));
}

/**
 * The spellings of one phone that WhatsApp is known to treat as one account, such as `5531988887777` and `553188887777`.
 * Only WhatsApp knows which of them is the `wa_id`. Match on these if nothing better is known.
 * @param digits A phone in E.164 without `+`, such as a `wa_id`.
 * @returns `digits` first, then its other spelling where the country has one. The same set comes from every member.
 */
export function phoneVariants(digits: string): readonly string[] {
  if (!mayHaveVariants(digits)) return [digits];
  const plan = plans.find(([from]) => from.test(digits));
  return plan === undefined ? [digits] : [digits, digits.replace(plan[0], plan[1])];
}
