import { Transform } from 'node:stream';

/** What stands where a token stood. */
const hidden = 'hidden';

/** Both ways in which a token may stand in a text: as it is, and in an address. */
function spellingsOf(token: string): readonly string[] {
  return [...new Set([token, encodeURIComponent(token)])];
}

/** A text without the token: Meta writes it into addresses of neighbours, and into what it says of tokens. */
export function withoutToken(text: string, token: string): string {
  return spellingsOf(token).reduce((left, spelling) => left.replaceAll(spelling, hidden), text);
}

/** The same for a text that comes in pieces; what may be the beginning of a token is held back until it is known. */
export function removeToken(token: string): Transform {
  const held = Math.max(...spellingsOf(token).map(({ length }) => length)) - 1;
  let rest = '';
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      // Tokens are ASCII, so bytes may be looked at one by one.
      const text = withoutToken(rest + chunk.toString('latin1'), token);
      const end = Math.max(0, text.length - held);
      rest = text.slice(end);
      done(null, Buffer.from(text.slice(0, end), 'latin1'));
    },
    flush(done) {
      done(null, Buffer.from(rest, 'latin1'));
    },
  });
}
