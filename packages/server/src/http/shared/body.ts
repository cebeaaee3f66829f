import { isUtf8 } from 'node:buffer';
import { bodyDepthMax } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import type { App } from './app-type.ts';
import { invalid, shown } from './errors.ts';
import { type FormEntries, fieldsOf, readMultipart, readUrlEncoded } from './form.ts';

/** Reads JSON from bytes. @throws RequestError */
type ReadJson = (request: FastifyRequest, bytes: Buffer) => unknown;

/** A body in form encoding. Its fields are only read after the token is checked. */
class Form {
  readonly #entries: FormEntries;
  readonly #readText: ReadText;
  #fields: Readonly<Record<string, unknown>> | null = null;

  constructor(entries: FormEntries, readText: ReadText) {
    this.#entries = entries;
    this.#readText = readText;
  }

  text(name: string): string | null {
    return this.#entries.find(([one]) => one === name)?.[1] || null;
  }

  fields(): Readonly<Record<string, unknown>> {
    this.#fields ??= fieldsOf(this.#entries, this.#readText);
    return this.#fields;
  }
}

/** Reads a text of a query or form. Like Graph, it reads a text that looks like JSON as JSON. */
type ReadText = (name: string, text: string) => unknown;

function textReader(request: FastifyRequest, readJson: ReadJson): ReadText {
  return (name, text) => {
    if (!/^\s*[[{]/.test(text)) return text;
    try {
      return readJson(request, Buffer.from(text));
    } catch (error) {
      throw invalid(`Param ${shown(name)}: ${(error as Error).message.replace('(#100) ', '')}`);
    }
  };
}

/** Accepts bodies in JSON, both form encodings, and CSV. Any other content type is refused before the body is read. */
export function acceptBodies(app: App): void {
  const readJson = jsonReader(app);
  app.removeAllContentTypeParsers();
  app.addHook('preParsing', ({ headers }, _reply, payload, done) => {
    const encoding = headers['content-encoding'] ?? 'identity';
    if (encoding === 'identity') return done(null, payload);
    done(invalid(`Content-Encoding must be identity (not compressed) - got "${shown(encoding)}".`, 415));
  });
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer, done: Done) =>
      parseWith(done, () => (body.length === 0 ? undefined : readJson(request, body))),
  );
  app.addContentTypeParser(
    'text/csv',
    { parseAs: 'buffer' },
    (_request: FastifyRequest, body: Buffer, done: Done) =>
      // The reader of the list detects the encoding.
      done(null, body),
  );
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer, done: Done) =>
      parseWith(done, () => {
        refuseFormElsewhere(request);
        return new Form(readUrlEncoded(body), textReader(request, readJson));
      }),
  );
  app.addContentTypeParser(
    'multipart/form-data',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      refuseFormElsewhere(request);
      const entries = await readMultipart(body, request.headers['content-type'] ?? '');
      return new Form(entries, textReader(request, readJson));
    },
  );
  app.decorateRequest('queryFields', function queryFields(this: FastifyRequest) {
    return fieldsOf(queryEntries(this.query), textReader(this, readJson));
  });
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The fields of the query, read as those of a form are. */
    queryFields(): Readonly<Record<string, unknown>>;
  }
}

function refuseFormElsewhere(request: FastifyRequest): void {
  if (!request.route.graph) throw invalid('Content-Type must be application/json.', 415);
}

/** A parameter that is empty counts as absent. */
function queryEntries(query: unknown): FormEntries {
  return Object.entries(query as Readonly<Record<string, string | string[]>>).flatMap(([name, value]) =>
    [value].flat().flatMap((text): [string, string][] => (text === '' ? [] : [[name, text]])),
  );
}

/** Whether the request says that its body is a form. */
export function isForm(request: FastifyRequest): boolean {
  return /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\s*(?:;|$)/i.test(
    request.headers['content-type'] ?? '',
  );
}

/** The fields of a body in JSON or form encoding. */
export function bodyFields(body: unknown): Readonly<Record<string, unknown>> {
  if (body instanceof Form) return body.fields();
  if (body === undefined || body === null) return {};
  if (typeof body !== 'object' || Array.isArray(body)) throw invalid('The body must be a JSON object.');
  return body as Readonly<Record<string, unknown>>;
}

/** A text field of a form, or null. */
export function formField(body: unknown, name: string): string | null {
  return body instanceof Form ? body.text(name) : null;
}

type Done = (error: Error | null, body?: unknown) => void;

function parseWith(done: Done, read: () => unknown): void {
  let body: unknown;
  try {
    body = read();
  } catch (error) {
    done(error as Error);
    return;
  }
  done(null, body);
}

/** Reads JSON as Fastify does, which refuses keys that would poison prototypes, with checks before and after it. */
function jsonReader(app: App): ReadJson {
  const parseSafely = app.getDefaultJsonParser('error', 'error');
  return (request, bytes) => {
    if (!isUtf8(bytes)) throw invalid('The body is not valid UTF-8.');
    const text = bytes.toString('utf8');
    if (hasMoreBrackets(text, bodyDepthMax) && isDeeperThan(bytes, bodyDepthMax))
      throw invalid(`The body is nested deeper than ${bodyDepthMax} levels.`);
    let value: unknown;
    if (needsCare(text))
      parseSafely(request, text, (error, parsed) => {
        if (error !== null) throw unreadable(text);
        value = parsed;
      });
    else
      try {
        value = JSON.parse(text);
      } catch {
        throw unreadable(text);
      }
    if (/\\u[dD][89a-fA-F]/.test(text)) refuseLoneSurrogates(value, '');
    return value;
  };
}

/** Whether JSON may have a key that poisons prototypes, or begins with a byte order mark. Most bodies are read faster without. */
function needsCare(text: string): boolean {
  return (
    text.charCodeAt(0) === byteOrderMark ||
    text.includes('__proto__') ||
    text.includes('constructor') ||
    text.includes('\\u')
  );
}

const byteOrderMark = 0xfeff;

function unreadable(text: string): Error {
  const key = /"(__proto__|constructor)"\s*:/.exec(text)?.[1];
  return invalid(
    key === undefined ? 'The body is not valid JSON.' : `The body must not have the key ${key}.`,
  );
}

/** A lone surrogate is not a character, and cannot be encoded in UTF-8. */
function refuseLoneSurrogates(value: unknown, name: string): void {
  if (typeof value === 'string' && !value.isWellFormed()) {
    throw invalid(`Param ${name} is not valid Unicode (a lone surrogate).`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    refuseLoneSurrogates(key, `name in ${name}`);
    refuseLoneSurrogates(
      inner,
      Array.isArray(value) ? `${name}[${key}]` : name === '' ? key : `${name}.${key}`,
    );
  }
}

const quote = 0x22;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Whether JSON has more opening brackets than this, so that it may be nested deeper. */
function hasMoreBrackets(json: string, countMax: number): boolean {
  let count = 0;
  for (const bracket of ['{', '['])
    for (let at = json.indexOf(bracket); at >= 0; at = json.indexOf(bracket, at + 1))
      if (++count > countMax) return true;
  return false;
}

/** Whether JSON is nested too deep for recursive readers. Counts brackets outside strings. */
function isDeeperThan(json: Buffer, depthMax: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < json.length; index++) {
    const byte = json[index];
    if (inString) {
      if (byte === backslash) index++;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (byte === openBracket || byte === openBrace) {
      if (++depth > depthMax) return true;
    } else if (byte === closeBracket || byte === closeBrace) depth--;
  }
  return false;
}
