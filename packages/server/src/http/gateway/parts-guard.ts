import { Transform } from 'node:stream';
import { parameterName } from '../../shared/query-text.ts';
import { invalid, type RequestError } from '../shared/errors.ts';

/** The head of one part; what is longer is none of a client's. */
const headLengthMax = 8 * 1024;

/** A boundary that can be read in one way alone (RFC 2046, section 5.1.1). */
const boundaryForm =
  /^multipart\/form-data\s*(?:;\s*charset="?[\w-]+"?\s*)?;\s*boundary=(?:"([\w'()+,\-./:=? ]{1,70})"|([\w'()+\-./:=?]{1,70}))\s*$/i;

/** The problem of a part with this name; null: none. */
type Refuse = (name: string) => RequestError | null;

/** A body in parts on its way: nothing of a part leaves before its name has been looked at. */
export interface GuardedParts {
  readonly stream: Transform;
  /** Aborted when a part is refused. */
  readonly signal: AbortSignal;
  /** Why; null: nothing was refused. */
  readonly refusal: () => RequestError | null;
}

/**
 * Lets a body of multipart/form-data pass, unless a part has a name that may not be passed on.
 * @throws RequestError when it cannot be told where its parts begin.
 */
export function guardParts(contentType: string, refuse: Refuse): GuardedParts {
  const delimiter = delimiterIn(contentType);
  const abort = new AbortController();
  let refusal: RequestError | null = null;
  let rest = '';
  const fail = (error: RequestError, done: (reason: Error) => void) => {
    refusal = error;
    abort.abort(error);
    done(error);
  };
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const text = rest + chunk.toString('latin1');
      const { end, error } = lookThrough(text, delimiter, refuse);
      if (error !== null) return fail(error, done);
      rest = text.slice(end);
      done(null, Buffer.from(text.slice(0, end), 'latin1'));
    },
    flush(done) {
      // The body may end within a head.
      const { error } = lookThrough(`${rest}\n\n`, delimiter, refuse);
      if (error === null) return done(null, Buffer.from(rest, 'latin1'));
      fail(error, done);
    },
  });
  return { stream, signal: abort.signal, refusal: () => refusal };
}

/** The same for a body that was read whole. @throws RequestError */
export function requireParts(contentType: string, bytes: Buffer, refuse: Refuse): void {
  const { error } = lookThrough(`${bytes.toString('latin1')}\n\n`, delimiterIn(contentType), refuse);
  if (error !== null) throw error;
}

function delimiterIn(contentType: string): string {
  const [, quoted, plain] = boundaryForm.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined)
    throw invalid('Content-Type must be multipart/form-data with one boundary.', 415);
  return `--${boundary}`;
}

/** Looks at the heads of all parts in a text; answers up to where it may leave. */
function lookThrough(
  text: string,
  delimiter: string,
  refuse: Refuse,
): { readonly end: number; readonly error: RequestError | null } {
  let from = 0;
  while (true) {
    const start = text.indexOf(delimiter, from);
    if (start < 0) return { end: Math.max(from, text.length - delimiter.length + 1), error: null };
    const rest = text.slice(start + delimiter.length, start + delimiter.length + headLengthMax);
    const headLength = /\n\r?\n/.exec(rest)?.index;
    if (headLength === undefined) {
      const error = rest.length < headLengthMax ? null : invalid('A part of the body has too large a head.');
      return { end: start, error };
    }
    for (const name of namesIn(rest.slice(0, headLength))) {
      const error = refuse(name);
      if (error !== null) return { end: start, error };
    }
    from = start + delimiter.length;
  }
}

/** Every name that a reader might find in the head of a part, however it is quoted. */
function namesIn(head: string): readonly string[] {
  const line = head
    .replace(/\r?\n[ \t]/g, ' ')
    .replace(/[\r\n]/g, ';')
    .replace(/[\\"]/g, '');
  return [...line.matchAll(/(?<!file)name\s*(?:\*\d*\*?)?\s*=([^;]*)/gi)].flatMap(([, value = '']) =>
    [value.replaceAll("'", ''), ...value.split("'")].map((name) => parameterName(name.trim())),
  );
}
