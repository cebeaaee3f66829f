import type { IncomingHttpHeaders } from 'node:http';
import { Transform } from 'node:stream';

/** A shorter text is no secret, and would be in answers by accident. */
const secretLengthMin = 8;

/** The longest that one character of a secret is written: as `\u0025` with a second percent sign and two digits. */
const writtenLengthMax = 10;

/**
 * Keeps the secrets of a number out of what its platform answers: Meta writes the token into addresses of neighboring pages and
 * into what it says of tokens. A secret is replaced by as many asterisks, so that lengths and ranges stay true.
 */
export class Redactor {
  readonly #pattern: RegExp | null;
  readonly #writtenLengthMax: number;

  constructor(secrets: readonly (string | null)[]) {
    const known = [...new Set(secrets)]
      .filter((secret) => secret !== null && secret.length >= secretLengthMin)
      .map(String)
      // The longer of two that begin alike is looked for first.
      .toSorted((a, b) => b.length - a.length);
    this.#pattern = known.length === 0 ? null : new RegExp(known.map(writtenAs).join('|'), 'g');
    this.#writtenLengthMax = Math.max(1, ...known.map(({ length }) => length * writtenLengthMax));
  }

  text(text: string): string {
    return this.#pattern === null ? text : text.replace(this.#pattern, (found) => '*'.repeat(found.length));
  }

  headers(headers: IncomingHttpHeaders): IncomingHttpHeaders {
    return Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.map((one) => this.text(one)) : value && this.text(value),
      ]),
    );
  }

  /** The same for bytes that come in pieces; what may be the beginning of a secret is held back until it is known. */
  stream(): Transform {
    const held = this.#writtenLengthMax - 1;
    let rest = '';
    // Secrets are ASCII, so bytes may be looked at one by one.
    const redacted = (bytes: string) => this.text(bytes);
    return new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const text = redacted(rest + chunk.toString('latin1'));
        const end = Math.max(0, text.length - held);
        rest = text.slice(end);
        done(null, Buffer.from(text.slice(0, end), 'latin1'));
      },
      flush(done) {
        done(null, Buffer.from(rest, 'latin1'));
      },
    });
  }
}

/**
 * A pattern for the forms of a secret in a text: as it is, and in addresses, JSON and HTML, one within the other.
 */
function writtenAs(secret: string): string {
  return [...secret].map(signWrittenAs).join('');
}

function signWrittenAs(sign: string): string {
  // No encoding writes letters and digits otherwise.
  if (/[A-Za-z\d]/.test(sign)) return sign;
  const code = sign.charCodeAt(0);
  const digits = code.toString(16).padStart(2, '0');
  const hex = digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
  const plain = `\\u${digits.padStart(4, '0')}`;
  // The plain sign comes last: what is written otherwise may begin with it.
  const ways = [
    `(?:%|\\\\u0025)(?:25)?${hex}`,
    `\\\\u00${hex}`,
    `&#(?:[xX]${hex}|${code});`,
    ...(sign === ' ' ? ['\\+'] : []),
    ...(sign === '&' ? ['&amp;'] : []),
    ...(sign === '"' ? ['&quot;'] : []),
    `\\\\?${plain}`,
  ];
  return `(?:${ways.join('|')})`;
}
