import { bodyBytesMax } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { keepNumbers } from '../../keep-numbers.ts';
import { invalid } from '../errors.ts';
import { readMultipart } from '../form.ts';
import { BodyBrokenOff, BodyTooLarge, readWhole } from './body-budget.ts';

/** A parameter as it is written; only JSON has values that are no texts. */
export type Parameter = readonly [name: string, value: unknown];

/** A body that was read before it is passed on. */
export interface PassedBody {
  readonly bytes: Buffer;
  /** The parameters in it, in their order; one may come several times. */
  readonly parameters: readonly Parameter[];
}

/** Parameters that belong to the key of the caller, and are replaced by those of the token. */
const ofTheKey = ['access_token', 'appsecret_proof'];

const form = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;
const json = /^application\/json\s*(?:;|$)/i;
const multipart = /^multipart\/form-data\s*(?:;|$)/i;

/** Whether a body is one of parameters, which can be read; files are streamed. */
export function hasParameters({ headers }: FastifyRequest): boolean {
  const type = headers['content-type'] ?? '';
  return form.test(type) || json.test(type);
}

/** Whether a body is a form of parts. Files go to `/media` alone, and elsewhere the parts are parameters. */
export function hasParts({ headers }: FastifyRequest): boolean {
  return multipart.test(headers['content-type'] ?? '');
}

/**
 * Reads a body of parameters as it comes, and takes the caller's key out of it, except out of parts; every other byte stays.
 * @throws RequestFault when it is too large, or is not what it says.
 */
export async function readPassedBody(request: FastifyRequest): Promise<PassedBody> {
  const bytes = await readBytes(request);
  const type = request.headers['content-type'] ?? '';
  if (multipart.test(type)) return { bytes, parameters: await readMultipart(bytes, type) };
  return form.test(type) ? readForm(bytes) : readJson(bytes);
}

/** The key of the caller, where it stands in the body; null: it does not. */
export function keyIn({ parameters }: PassedBody): string | null {
  const key = parameters.findLast(([name]) => name === 'access_token')?.[1];
  return typeof key === 'string' && key !== '' ? key : null;
}

function readForm(bytes: Buffer): PassedBody {
  const fields = new URLSearchParams(bytes.toString('utf8'));
  const parameters = [...fields];
  if (!ofTheKey.some((name) => fields.has(name))) return { bytes, parameters };
  for (const name of ofTheKey) fields.delete(name);
  return { bytes: Buffer.from(fields.toString()), parameters };
}

function readJson(bytes: Buffer): PassedBody {
  if (bytes.length === 0) return { bytes, parameters: [] };
  const text = bytes.toString('utf8');
  try {
    const parameters = parametersIn(JSON.parse(text));
    if (!parameters.some(([name]) => ofTheKey.includes(name))) return { bytes, parameters };
    const kept = parametersIn(JSON.parse(text, keepNumbers)).filter(([name]) => !ofTheKey.includes(name));
    return { bytes: Buffer.from(JSON.stringify(Object.fromEntries(kept))), parameters };
  } catch {
    // Not JSON, or nested so deeply that nobody can look into it.
    throw invalid('The body is not valid JSON.');
  }
}

function parametersIn(fields: unknown): readonly Parameter[] {
  const isObject = typeof fields === 'object' && fields !== null && !Array.isArray(fields);
  return isObject ? Object.entries(fields) : [];
}

async function readBytes({ raw }: FastifyRequest): Promise<Buffer> {
  try {
    return await readWhole(raw, bodyBytesMax);
  } catch (error) {
    if (error instanceof BodyTooLarge)
      throw invalid(`The body is larger than ${bodyBytesMax / 2 ** 20} MiB.`, 413);
    if (error instanceof BodyBrokenOff) throw invalid('The body broke off.');
    throw error;
  }
}
