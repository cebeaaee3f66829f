import { countryOf } from './calling-codes.ts';

/**
 * A WhatsApp user's `wa_id` as a number: the digits of the phone in E.164. They are at most fifteen and
 * never begin with zero, so a number holds them exactly and a store can key on an integer.
 */
export type WaId = number;

/** E.164 allows fifteen digits; the shortest subscriber numbers in use have seven with their country code. */
const digitsMin = 7;
const digitsMax = 15;

/** Numbers of the North American plan are all of one length. */
const northAmericanDigits = 11;

/** A longer text is no phone number in any spelling, and is not worth looking at. */
const textLengthMax = 64;

/**
 * Characters that people and address books put between digits: spaces of all kinds, brackets, dots, slashes, dashes.
 */
const separators = /[\s()[\]./\-\u00b7\u2010-\u2015\u2212]+/g;

/** Characters that are not seen: soft hyphens, joiners, marks and isolates of direction, byte order marks. */
const invisible = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+/g;

/** The zeros of the scripts in which phone numbers are written; each is followed by its nine other digits. */
const zeros = [
  0x0660, 0x06f0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50, 0x0ed0,
  0x0f20, 0x1040, 0x17e0,
];

/**
 * Reads a phone number in any usual spelling: `+1 (650) 555-1234`, `0016505551234`, `tel:+1-650-555-1234`,
 * `16505551234` (a `wa_id`), `+44 (0)20 7946 0958`, digits of other scripts. A spreadsheet's `16505551234.0` is the integer.
 * @returns null when it is not a possible phone number (no assigned country code, too short, too long, not digits), and when
 * it reads as something else: a decimal fraction, a date, a tax number.
 */
export function readPhone(text: string): WaId | null {
  if (text.length > textLengthMax) return null;
  const digits = /^\+?[1-9]\d+$/.test(text) ? text.replace('+', '') : digitsOf(text);
  return digits !== null && isPossible(digits) ? Number(digits) : null;
}

/** Reads a bare `wa_id`: digits only, as Meta writes it. */
export function readWaId(text: string): WaId | null {
  return /^[1-9]\d+$/.test(text) && isPossible(text) ? Number(text) : null;
}

/** A text with ASCII digits, composed compatibly, without characters that are not seen, and without spaces around it. */
export function plainDigits(text: string): string {
  return text
    .normalize('NFKC')
    .replace(invisible, '')
    .replace(/[^\p{ASCII}]/gu, (character) => {
      const code = character.codePointAt(0) ?? 0;
      const zero = zeros.find((first) => code >= first && code < first + 10);
      return zero === undefined ? character : String(code - zero);
    })
    .trim();
}

/** The meaning of digits and separators that are not written as a phone number; null: none. */
export function otherThanPhone(plain: string): 'decimal' | 'date' | 'tax_number' | null {
  if (isDate(plain)) return 'date';
  if (taxNumbers.some((form) => form.test(plain))) return 'tax_number';
  return isDecimal(plain) ? 'decimal' : null;
}

/** Brazil's CPF and CNPJ, as they are written. */
const taxNumbers = [/^\d{3}\.\d{3}\.\d{3}-\d{2}$/, /^\d{2}\.\d{3}\.\d{3}\/\d{4}-\d{2}$/];

function isDate(plain: string): boolean {
  const [, first = '', , second = '', third = ''] =
    /^(\d{1,4})([-./])(\d{1,2})\2(\d{1,4})$/.exec(plain) ?? [];
  const [year, day] = first.length === 4 ? [first, third] : [third, first];
  if (!/^(?:19|20)\d\d$/.test(year) || day.length > 2) return false;
  const inRange = (text: string, max: number) => Number(text) >= 1 && Number(text) <= max;
  return inRange(day, 31) && inRange(second, 31) && (inRange(day, 12) || inRange(second, 12));
}

/** One dot among digits is a fraction, unless it ends the calling code (`+1.6505551234`, as registries of domains write). */
function isDecimal(plain: string): boolean {
  const [, plus, before = ''] = /^(\+?)(\d+)\.\d+$/.exec(plain) ?? [];
  if (plus === undefined) return false;
  const isCallingCode = countryOf(before) !== null && countryOf(before.slice(0, -1)) === null;
  return plus === '' || !isCallingCode;
}

function digitsOf(text: string): string | null {
  const plain = plainDigits(text)
    .replace(/^tel:/i, '')
    .replace(/^(\+?\d+)\.0+$/, '$1');
  if (otherThanPhone(plain) !== null) return null;
  const digits = plain.replace(/(?<=\d\s*)\(\s*0\s*\)/, '').replace(separators, '');
  return /^(?:\+|00)?([1-9]\d+)$/.exec(digits)?.[1] ?? null;
}

function isPossible(digits: string): boolean {
  if (digits.length < digitsMin || digits.length > digitsMax) return false;
  if (digits.startsWith('1')) return digits.length === northAmericanDigits;
  return countryOf(digits) !== null;
}
