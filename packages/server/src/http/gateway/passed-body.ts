import { bodyBytesMax } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { parameterName, withoutParameters } from '../../shared/query-text.ts';
import { invalid } from '../shared/errors.ts';
import { type FormEntries, readMultipart } from '../shared/form.ts';
import { BodyCutOff, BodyTooLarge, readWhole } from './body-budget.ts';
import { readMembers, withoutMembers } from './json-members.ts';

/** Parameters as Graph reads them, in the order they came in; a name may come twice. */
export type PassedParameters = readonly (readonly [name: string, text: string])[];

/** A body that was read before it is passed on. */
export interface PassedBody {
  readonly bytes: Buffer;
  /** The parameters in it. */
  readonly parameters: PassedParameters;
}

/** Parameters that belong to the key of the caller, and are replaced by those of the token. */
export const keyParameters: readonly string[] = ['access_token', 'appsecret_proof'];

const form = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;
const json = /^application\/json\s*(?:;|$)/i;
const multipart = /^multipart\/form-data\s*(?:;|$)/i;

/** Whether a body says that it is one of parameters. */
export function hasParameters({ headers }: FastifyRequest): boolean {
  const type = headers['content-type'] ?? '';
  return form.test(type) || json.test(type);
}

/** Whether a body says that it comes in parts, which may be files. */
export function hasParts({ headers }: FastifyRequest): boolean {
  return multipart.test(headers['content-type'] ?? '');
}

/** Whether a request has a body at all. */
export function hasBody({ raw: { headers } }: FastifyRequest): boolean {
  return Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined;
}

/** Whether a body says that it is short enough to be read. */
export function isShort({ headers }: FastifyRequest): boolean {
  return Number(headers['content-length'] ?? Number.POSITIVE_INFINITY) <= bodyBytesMax;
}

/**
 * Reads a body as it comes, and takes the caller's key out of it, except out of parts; every other byte stays. A body
 * that does not say that it is JSON or a form is read as either.
 * @throws RequestError when it is too large, or says that it is JSON and is not.
 */
export async function readPassedBody(request: FastifyRequest): Promise<PassedBody> {
  const bytes = await readBytes(request);
  const type = request.headers['content-type'] ?? '';
  if (form.test(type)) return readForm(bytes);
  if (multipart.test(type)) return { bytes, parameters: named(await readMultipart(bytes, type)) };
  const text = bytes.toString('utf8');
  if (isJson(text)) return readJson(bytes, text);
  // Not JSON, or nested so deeply that nobody can look into it.
  if (bytes.length > 0 && (json.test(type) || /^\s*[[{]/.test(text)))
    throw invalid('The body is not valid JSON.');
  return { bytes, parameters: formParameters(bytes) };
}

function readForm(bytes: Buffer): PassedBody {
  const text = bytes.toString('latin1');
  return {
    bytes: Buffer.from(withoutParameters(text, keyParameters), 'latin1'),
    parameters: formParameters(bytes),
  };
}

function formParameters(bytes: Buffer): PassedParameters {
  return named([...new URLSearchParams(bytes.toString('utf8'))]);
}

function named(entries: FormEntries): PassedParameters {
  return entries.map(([name, text]) => [parameterName(name), text]);
}

function readJson(bytes: Buffer, text: string): PassedBody {
  const object = readMembers(text);
  if (object === null) return { bytes, parameters: [] };
  const parameters = object.members.map(({ name, value }) => [name, value] as const);
  if (!parameters.some(([name]) => keyParameters.includes(name))) return { bytes, parameters };
  return { bytes: Buffer.from(withoutMembers(object, keyParameters)), parameters };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The key of the caller, if the body contains it; null: it does not. */
export function keyIn({ parameters }: PassedBody): string | null {
  return parameters.findLast(([name]) => name === 'access_token')?.[1] || null;
}

async function readBytes({ raw }: FastifyRequest): Promise<Buffer> {
  try {
    return await readWhole(raw, bodyBytesMax);
  } catch (error) {
    if (error instanceof BodyTooLarge)
      throw invalid(`The body is larger than ${bodyBytesMax / 2 ** 20} MiB.`, 413);
    if (error instanceof BodyCutOff) throw invalid('The body was cut off.');
    throw error;
  }
}
