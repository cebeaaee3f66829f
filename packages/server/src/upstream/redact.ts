import type { IncomingHttpHeaders } from 'node:http';
import { Transform } from 'node:stream';

/** A shorter text is no secret, and would stand in answers by chance. */
const secretLengthMin = 8;

/**
 * Keeps the secrets of a number out of what its platform answers: Meta writes the token into addresses of neighboring pages and
 * into what it says of tokens. A secret is replaced by as many asterisks, so that lengths and ranges stay true.
 */
export class Redactor {
  readonly #spellings: readonly string[];

  constructor(secrets: readonly (string | null)[]) {
    const spellings = secrets.flatMap((secret) =>
      secret === null || secret.length < secretLengthMin ? [] : spellingsOf(secret),
    );
    this.#spellings = [...new Set(spellings)].toSorted((a, b) => b.length - a.length);
  }

  text(text: string): string {
    return this.#spellings.reduce(
      (left, spelling) => left.replaceAll(spelling, '*'.repeat(spelling.length)),
      text,
    );
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
    const held = Math.max(1, ...this.#spellings.map(({ length }) => length)) - 1;
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

/** The ways in which a secret may stand in a text: as it is, in an address, and in JSON. */
function spellingsOf(secret: string): readonly string[] {
  const encoded = encodeURIComponent(secret);
  const lower = encoded.replace(/%[\dA-F]{2}/g, (byte) => byte.toLowerCase());
  const inJson = JSON.stringify(secret).slice(1, -1);
  // Graph puts a backslash before each slash.
  return [secret, encoded, lower, inJson, inJson.replaceAll('/', '\\/')];
}
