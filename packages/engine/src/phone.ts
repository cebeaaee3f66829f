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

/** What people and address books put between digits: spaces of all kinds, brackets, dots, slashes, dashes, marks of direction. */
const separators =
  /[\s()[\]./\-\u00ad\u00b7\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060-\u2069\u2212\ufeff]+/g;

/**
 * Reads a phone number in any usual spelling: `+1 (650) 555-1234`, `0016505551234`, `tel:+1-650-555-1234`,
 * `16505551234` (a `wa_id`), `+44 (0)20 7946 0958`, full-width digits.
 * @returns null when it is not a possible phone number: no assigned country code, too short, too long, not digits.
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

function digitsOf(text: string): string | null {
  const plain = text
    .normalize('NFKC')
    .trim()
    .replace(/^tel:/i, '')
    .replace(/(?<=\d\s*)\(\s*0\s*\)/, '')
    .replace(separators, '');
  return /^(?:\+|00)?([1-9]\d+)$/.exec(plain)?.[1] ?? null;
}

function isPossible(digits: string): boolean {
  if (digits.length < digitsMin || digits.length > digitsMax) return false;
  if (digits.startsWith('1')) return digits.length === northAmericanDigits;
  return countryOf(digits) !== null;
}
