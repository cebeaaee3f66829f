import { bodyBytesMax } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { invalid } from '../errors.ts';

/** A body that was read before it is passed on. */
export interface PassedBody {
  readonly bytes: Buffer;
  /** The parameters in it. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Parameters that belong to the key of the caller, and are replaced by those of the token. */
const ofTheKey = ['access_token', 'appsecret_proof'];

const form = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;
const json = /^application\/json\s*(?:;|$)/i;

/** Whether a body is one of parameters, which can be read; files are streamed. */
export function hasParameters({ headers }: FastifyRequest): boolean {
  const type = headers['content-type'] ?? '';
  return form.test(type) || json.test(type);
}

/**
 * Reads a body of parameters as it comes, and takes the caller's key out of it; every other byte stays.
 * @throws RequestFault when it is too large, or is not what it says.
 */
export async function readPassedBody(request: FastifyRequest): Promise<PassedBody> {
  const bytes = await readBytes(request);
  return form.test(request.headers['content-type'] ?? '') ? readForm(bytes) : readJson(bytes);
}

function readForm(bytes: Buffer): PassedBody {
  const fields = new URLSearchParams(bytes.toString('utf8'));
  const parameters = new Map(fields);
  if (!ofTheKey.some((name) => fields.has(name))) return { bytes, parameters };
  for (const name of ofTheKey) fields.delete(name);
  return { bytes: Buffer.from(fields.toString()), parameters };
}

function readJson(bytes: Buffer): PassedBody {
  if (bytes.length === 0) return { bytes, parameters: new Map() };
  let fields: unknown;
  try {
    fields = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw invalid('The body is not valid JSON.');
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    return { bytes, parameters: new Map() };
  const texts = Object.entries(fields).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const parameters = new Map(texts);
  if (!ofTheKey.some((name) => parameters.has(name))) return { bytes, parameters };
  const kept = Object.entries(fields).filter(([name]) => !ofTheKey.includes(name));
  return { bytes: Buffer.from(JSON.stringify(Object.fromEntries(kept))), parameters };
}

async function readBytes({ raw }: FastifyRequest): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of raw as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyBytesMax) throw invalid(`The body is larger than ${bodyBytesMax / 2 ** 20} MiB.`, 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
