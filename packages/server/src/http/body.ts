import { isUtf8 } from 'node:buffer';
import { bodyDepthMax } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import type { App } from './app.ts';
import { invalid, type RequestFault } from './errors.ts';

/** A body that came as a form: fields by name, those that look like JSON read as JSON, as Graph does. */
class Form {
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.fields = fields;
  }
}

/** JSON and forms; anything else is refused before it is read. */
export function acceptBodies(app: App): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    const problem = problemOf(body);
    if (problem !== null) return done(problem);
    if (body.length === 0) return done(null, undefined);
    const text = body.toString('utf8');
    return parseJson(request, text, (error, value) =>
      error === null ? done(null, value) : done(unreadable(text)),
    );
  });
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    (request, body: Buffer, done) => {
      if (!request.routeOptions.config.forms)
        return done(invalid('Content-Type must be application/json.', 415));
      try {
        done(null, readForm(body));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

/** Whether the request says that its body is a form. */
export function isForm(request: FastifyRequest): boolean {
  return request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
}

/** The fields of a body, whichever way it came. */
export function bodyFields(body: unknown): Readonly<Record<string, unknown>> {
  if (body instanceof Form) return body.fields;
  if (body === undefined || body === null) return {};
  if (typeof body !== 'object' || Array.isArray(body)) throw invalid('The body must be a JSON object.');
  return body as Readonly<Record<string, unknown>>;
}

/** A text field of a form, or null. */
export function formField(body: unknown, name: string): string | null {
  const value = body instanceof Form ? body.fields[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Keys that could change what objects inherit are refused together with what is no JSON; the message tells them apart. */
function unreadable(text: string): RequestFault {
  const key = /"(__proto__|constructor)"\s*:/.exec(text)?.[1];
  return invalid(
    key === undefined ? 'The body is not valid JSON.' : `The body must not have the key ${key}.`,
  );
}

function readForm(body: Buffer): Form {
  const fields: Record<string, unknown> = Object.create(null);
  for (const [name, text] of new URLSearchParams(body.toString('utf8'))) {
    fields[name] = /^\s*[[{]/.test(text) ? readJsonField(name, text) : text;
  }
  return new Form(fields);
}

function readJsonField(name: string, text: string): unknown {
  const problem = problemOf(Buffer.from(text));
  if (problem !== null) throw problem;
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(`Param ${name} is not valid JSON.`);
  }
}

function problemOf(json: Buffer): RequestFault | null {
  if (!isUtf8(json)) return invalid('The body is not valid UTF-8.');
  if (isDeeperThan(json, bodyDepthMax))
    return invalid(`The body is nested deeper than ${bodyDepthMax} levels.`);
  return null;
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
