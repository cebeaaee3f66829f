import { countryOf, plainDigits } from '@blockhouse/engine';
import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/min';
import { readPhoneSpelling } from './phone.ts';
import { type Problem, problem } from './problems.ts';

/** How texts are read. */
export interface ReadOptions {
  /** ISO 3166 code of the country whose national numbers are read, such as `IN`. Without it they are refused. */
  readonly defaultCountry?: string | undefined;
}

/**
 * The user that a text means: the name of the user in a call (`wa_id`, digits only, or a business-scoped user ID), or
 * the reason why the text means no user.
 */
export type UserReading = { readonly user: string } | { readonly problem: Problem };

/** A longer text names nobody. Links are the longest spelling. */
const textLengthMax = 300;

const userId = /^[A-Z]{2}\.[A-Za-z0-9]{1,128}$/;
const parentId = /^[A-Z]{2}\.ENT\.[A-Za-z0-9]{1,128}$/i;
/** In small letters only if it has digits, so that a word with a dot is none. */
const userIdInSmallLetters = /^[a-z]{2}\.(?=[A-Za-z]*\d)[A-Za-z0-9]{1,128}$/i;

/** Reads one user: a phone in any usual spelling, `wa_id`, business-scoped user ID, link of WhatsApp, `tel:` link, line of a vCard. */
export function readUserText(text: string, { defaultCountry }: ReadOptions = {}): UserReading {
  if (text.length > textLengthMax) return { problem: problem('too_long') };
  // Long lists mostly have nothing to take off.
  const plain = /^\+?\d+$/.test(text) ? text : unquoted(plainDigits(text));
  if (plain === '') return { problem: problem('empty') };
  if (parentId.test(plain)) return { problem: problem('parent_id') };
  if (userId.test(plain)) return { user: plain };
  if (userIdInSmallLetters.test(plain)) return { user: plain.slice(0, 2).toUpperCase() + plain.slice(2) };
  const linked = /^[+\d\s().-]+$/.test(plain) ? null : phoneOfLink(plain);
  if (linked === '') return { problem: problem('no_phone_in_link') };
  const reading = readPhoneSpelling(linked ?? plain, countryCode(defaultCountry));
  return 'problem' in reading ? reading : { user: reading.waId };
}

/** Whether a text says by itself that it is a user: a number with `+` or `00`, a link, a user ID. An order number does not. */
export function isExplicit(text: string): boolean {
  const plain = unquoted(plainDigits(text));
  return /^(?:\+|00)\s*[\d(]/.test(plain) || userId.test(plain) || phoneOfLink(plain) !== null;
}

/** Users that say so by themselves within a text of something else, such as `Ana +55 11 98765-4321`. */
export function findUsers(text: string, options: ReadOptions = {}): readonly string[] {
  if (text.length > 10_000) return [];
  const plain = plainDigits(text);
  const found = plain.match(embedded) ?? [];
  const users = found.flatMap((one) => {
    const reading = readUserText(one.replace(/[\s().-]+$/, ''), options);
    return 'user' in reading ? [reading.user] : [];
  });
  return [...new Set(users)];
}

const embedded =
  /(?:https?:\/\/|\b(?:wa\.me|api\.whatsapp\.com|whatsapp:|tel:))[^\s<>"]{1,200}|(?<![\d+])\+\d[\d\s().\-/]{5,24}\d(?!\d)|\b\d{7,15}(?::\d+)?@(?:s\.whatsapp\.net|c\.us)\b|\b[A-Z]{2}\.\d{5,128}\b/g;

/** Marks that Excel and exports put around a cell so that it stays text: `'+55…`, `="+55…"`, quotes. */
function unquoted(text: string): string {
  return text
    .replace(/^=?\s*(["'\u2018\u201c\u00ab])(.*)(["'\u2019\u201d\u00bb])$/u, '$2')
    .replace(/^['\u2018\u2019](?=[+\d(=])/u, '')
    .trim();
}

/** The phone that a link holds, with `+`; an empty text when it holds none; null when the text is no link. */
function phoneOfLink(text: string): string | null {
  const vcard = /^(?:item\d+\.)?TEL(;[^:]*)?:(.*)$/i.exec(text);
  if (vcard !== null) {
    const waId = /;waid=(\d+)/i.exec(vcard[1] ?? '')?.[1];
    return waId === undefined ? (vcard[2] ?? '').trim().replace(/^tel:/i, '') : `+${waId}`;
  }
  const dialed = /^(?:tel|sms|callto):(?:\/\/)?(.*)$/i.exec(text)?.[1];
  if (dialed !== undefined) return decoded(dialed).trim();
  const jid = /^(\d+)(?::\d+)?@(s\.whatsapp\.net|c\.us|g\.us|lid|newsletter|broadcast)$/i.exec(text);
  if (jid !== null) return /^(?:s\.whatsapp\.net|c\.us)$/i.test(jid[2] ?? '') ? `+${jid[1]}` : '';
  const address =
    /^(?:https?:\/\/)?(?:www\.)?(wa\.me|(?:api\.|web\.|chat\.)?whatsapp\.com)(?:[/?#](.*))?$/i.exec(text);
  const query = address?.[2] ?? /^whatsapp:\/\/send\/?\?(.*)$/i.exec(text)?.[1];
  if (query === undefined) return /^https?:\/\//i.test(text) || address !== null ? '' : null;
  const phone =
    /(?:^|[?&])phone=([^&#]*)/i.exec(query)?.[1] ??
    (/^wa\.me$/i.test(address?.[1] ?? '') ? /^[^/?#]*/.exec(query)?.[0] : undefined);
  const digits = decoded(phone ?? '').trim();
  return /^\+?[\d\s().-]+$/.test(digits) ? `+${digits.replace(/^\+|^00/, '')}` : '';
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether national numbers of a country, by its ISO 3166 code, can be read. */
export function isCountry(code: string): boolean {
  return isSupportedCountry(code);
}

function countryCode(country: string | undefined): CountryCode | null {
  return country !== undefined && isSupportedCountry(country) ? country : null;
}

/** The ISO 3166 code of the country that a `wa_id` belongs to, or null. */
export function countryOfUser(user: string): string | null {
  return /^\d+$/.test(user) ? countryOf(user) : null;
}
