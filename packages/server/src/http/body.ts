import { isUtf8 } from 'node:buffer';
import { bodyDepthMax } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import type { App } from './app.ts';
import { invalid } from './errors.ts';

/** Reads JSON, as bytes; throws what is wrong with them. */
type ReadJson = (request: FastifyRequest, bytes: Buffer) => unknown;

/** A body that came as a form. Fields that look like JSON are read as JSON, as Graph does, but not before they are asked for. */
class Form {
  readonly #request: FastifyRequest;
  readonly #texts: URLSearchParams;
  readonly #readJson: ReadJson;

  constructor(request: FastifyRequest, body: Buffer, readJson: ReadJson) {
    this.#request = request;
    this.#texts = new URLSearchParams(body.toString('utf8'));
    this.#readJson = readJson;
  }

  text(name: string): string | null {
    return this.#texts.get(name) || null;
  }

  fields(): Readonly<Record<string, unknown>> {
    return Object.fromEntries([...this.#texts].map(([name, text]) => [name, this.#read(name, text)]));
  }

  #read(name: string, text: string): unknown {
    if (!/^\s*[[{]/.test(text)) return text;
    try {
      return this.#readJson(this.#request, Buffer.from(text));
    } catch (error) {
      throw invalid(`Param ${name}: ${(error as Error).message.replace('(#100) ', '')}`);
    }
  }
}

/** JSON and forms, and CSV where a blocklist is imported; anything else is refused before it is read. */
export function acceptBodies(app: App): void {
  const readJson = jsonReader(app);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer, done: Done) =>
      settle(done, () => (body.length === 0 ? undefined : readJson(request, body))),
  );
  app.addContentTypeParser(
    'text/csv',
    { parseAs: 'buffer' },
    (_request: FastifyRequest, body: Buffer, done: Done) =>
      settle(done, () => {
        if (!isUtf8(body)) throw invalid('The body is not valid UTF-8.');
        return body.toString('utf8');
      }),
  );
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer, done: Done) =>
      settle(done, () => {
        if (!request.routeOptions.config.graph) throw invalid('Content-Type must be application/json.', 415);
        return new Form(request, body, readJson);
      }),
  );
}

/** Whether the request says that its body is a form. */
export function isForm(request: FastifyRequest): boolean {
  return /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(request.headers['content-type'] ?? '');
}

/** The fields of a body, whichever way it came. */
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

function settle(done: Done, read: () => unknown): void {
  let body: unknown;
  try {
    body = read();
  } catch (error) {
    done(error as Error);
    return;
  }
  done(null, body);
}

/** Fastify's own parser, which knows the keys that could change what objects inherit, between checks of our own. */
function jsonReader(app: App): ReadJson {
  const parse = app.getDefaultJsonParser('error', 'error');
  return (request, bytes) => {
    if (!isUtf8(bytes)) throw invalid('The body is not valid UTF-8.');
    if (isDeeperThan(bytes, bodyDepthMax))
      throw invalid(`The body is nested deeper than ${bodyDepthMax} levels.`);
    const text = bytes.toString('utf8');
    let value: unknown;
    parse(request, text, (error, parsed) => {
      if (error !== null) throw unreadable(text);
      value = parsed;
    });
    if (/\\u[dD][89a-fA-F]/.test(text)) refuseLoneSurrogates(value, '');
    return value;
  };
}

function unreadable(text: string): Error {
  const key = /"(__proto__|constructor)"\s*:/.exec(text)?.[1];
  return invalid(
    key === undefined ? 'The body is not valid JSON.' : `The body must not have the key ${key}.`,
  );
}

/** A lone surrogate is no character: no file and no other program could hold it. */
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

/** Counts brackets outside strings, so that nothing later on has to fear recursion. */
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
