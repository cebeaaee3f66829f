import { otherThanPhone, readPhone } from '@blockhouse/engine';
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { isPossibleLength } from './numbering-plans.ts';
import { type Problem, problem } from './problems.ts';

/** A phone as a `wa_id`, or why it is not read. */
export type PhoneReading = { readonly waId: string } | { readonly problem: Problem };

/** The digits of a phone; the extension of a telephone system is no part of a WhatsApp user. */
const extension =
  /(?<=\d[\s)]*)(?:;ext=|[\s,;.]*(?:extension|extn?|x|ramal|anexo|interno|int|poste|durchwahl|dw|доб|dahili)[\s.:]*|\s*#\s*)\d{1,6}$/iu;

const scientific = /^\+?(\d)(?:[.,](\d+))?E\+?(\d{1,2})$/i;
const wholeFloat = /^(\d+)[.,]0+$/;
const thousands = /^\d{1,3}(?:,\d{3}){2,}(?:\.0+)?$/;
const thousandsOfDots = /^\d{1,3}(?:\.\d{3}){2,}(?:,0+)?$/;

/** Fewer digits are not meant as a phone. */
const digitsMin = 6;

/** Without a calling code no country writes numbers of as many digits, so these have one. */
const internationalDigitsMin = 12;

/**
 * Reads a phone as a person or a spreadsheet has written it. Bare digits are a `wa_id`. Digits with spaces or punctuation, but
 * without `+` or `00`, may be a national number: they are read only where they cannot be one.
 * @param plain made of ASCII digits, without spaces around it.
 * @param country the ISO 3166 code of the country whose national numbers are read.
 */
export function readPhoneSpelling(plain: string, country: CountryCode | null): PhoneReading {
  if (/^\+[1-9]\d+$/.test(plain)) return readInternational(plain);
  if (/^(?!00)\d+$/.test(plain)) return readDigits(plain, country);
  if (/;phone-context=/i.test(plain)) return { problem: problem('national') };
  const text = plain.replace(extension, '');
  const other = otherThanPhone(text.replace(wholeFloat, '$1'));
  const exact = exactly(text);
  if (exact === null) return { problem: problem('rounded') };
  if (other !== null && exact === text) return { problem: problem(other) };
  if (/^(?:\+|00)\s*[\d(]/.test(exact)) return readInternational(exact);
  if (/^\d+$/.test(exact)) return readDigits(exact, country);
  if (!/^[\d(][\d\s()[\]./\-\u00b7\u2010-\u2015\u2212]+$/.test(exact))
    return { problem: problem('not_a_user') };
  return readPunctuated(exact, country);
}

/**
 * Numbers of spreadsheets as digits: `5511987654321.0`, `5,511,987,654,321`, `5.511987654321E+12`; null when digits are lost.
 * Groups between dots may also be how a phone is written, so they stay apart.
 */
function exactly(text: string): string | null {
  const [, first = '', rest = '', exponent] = scientific.exec(text) ?? [];
  if (exponent !== undefined) return rest.length === Number(exponent) ? first + rest : null;
  if (thousands.test(text)) return text.replace(/\.0+$/, '').replaceAll(',', '');
  if (thousandsOfDots.test(text)) return text.replace(/,0+$/, '').replaceAll('.', ' ');
  return text.replace(/^(\+?\d+)[.,]0+$/, '$1');
}

function readInternational(text: string): PhoneReading {
  const waId = international(text);
  return waId === null ? { problem: problem('impossible') } : { waId };
}

/** Digits alone: a `wa_id`, or a number of the country that was chosen. */
function readDigits(digits: string, country: CountryCode | null): PhoneReading {
  if (country !== null) return readWithCountry(digits, country);
  const waId = international(`+${digits}`);
  if (waId !== null) return { waId };
  if (digits.length < digitsMin) return { problem: problem('not_a_user') };
  return { problem: problem(digits.length < internationalDigitsMin ? 'national' : 'impossible') };
}

function readPunctuated(text: string, country: CountryCode | null): PhoneReading {
  const digits = text.replace(/\D/g, '');
  if (country !== null) return readWithCountry(text, country);
  if (digits.length < digitsMin) return { problem: problem('not_a_user') };
  if (digits.startsWith('0')) return { problem: problem('national') };
  const waId = international(`+${text}`);
  if (waId === null)
    return { problem: problem(digits.length < internationalDigitsMin ? 'national' : 'impossible') };
  return digits.length >= internationalDigitsMin ? { waId } : { problem: problem('ambiguous', [`+${waId}`]) };
}

/** One of the two readings, when the other is no number that exists. */
function readWithCountry(text: string, country: CountryCode): PhoneReading {
  const national = parsePhoneNumberFromString(text, { defaultCountry: country, extract: false });
  const foreign = text.startsWith('0') ? null : international(`+${text}`);
  const candidates = new Map<string, boolean>();
  if (national?.isPossible()) candidates.set(national.number.slice(1), national.isValid());
  if (foreign !== null && !candidates.has(foreign)) {
    candidates.set(foreign, parsePhoneNumberFromString(`+${foreign}`)?.isValid() ?? false);
  }
  const valid = [...candidates].filter(([, isValid]) => isValid);
  const left = (valid.length > 0 ? valid : [...candidates]).map(([waId]) => waId);
  const [only] = left;
  if (only === undefined) return { problem: problem('impossible') };
  return left.length === 1
    ? { waId: only }
    : {
        problem: problem(
          'ambiguous',
          left.map((waId) => `+${waId}`),
        ),
      };
}

/** The `wa_id` of a number that begins with `+` or `00`; null when there is no such number. */
function international(text: string): string | null {
  const waId = readPhone(withoutTrunkZero(text));
  // Area codes of the North American plan begin with 2 to 9; Brazil's 11 to 19 are no calling code 1.
  const isPossible = waId !== null && isPossibleLength(String(waId)) && !/^1[01]/.test(String(waId));
  return isPossible ? String(waId) : null;
}

/** A zero that belongs to calls within the country is left out: `+44 020 7946 0958`, but not Italy's `+39 06 …`. */
function withoutTrunkZero(text: string): string {
  const [, callingCode = '', rest = ''] = /^(?:\+|00)\s*(\d{1,3})[\s()./-]+(0[\d\s()./-]+)$/.exec(text) ?? [];
  if (rest === '') return text;
  const number = parsePhoneNumberFromString(`+${callingCode}${rest.replace(/\D/g, '')}`);
  return number?.isPossible() ? number.number : text;
}
