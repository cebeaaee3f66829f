import type { IncomingHttpHeaders } from 'node:http';
import type { HttpResponse } from '../outbound/http-client.ts';
import { decodedBody } from './decode-body.ts';

/** A page of 1,000 rows is about 100 KB; an answer that does not end is not read on. */
const answerBytesMax = 16 * 1024 * 1024;

/** The headers of an answer without those that a decoded or redacted body makes wrong. */
export function readHeaders({ headers }: HttpResponse): IncomingHttpHeaders {
  const { 'content-encoding': _encoding, 'content-length': _length, ...read } = headers;
  return read;
}

/** The text of an answer. @throws Error when it is too long, or was cut off. */
export async function readText(response: HttpResponse): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of decodedBody(response) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > answerBytesMax) throw new Error('the answer does not end');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * An answer as the SDK reads it. @param pauseMs for how long the platform wants no request, whichever way it says so.
 */
export function responseOf(
  { status, headers }: HttpResponse,
  text: string,
  pauseMs: number | null,
): Response {
  if (status > 599) throw new Error(`it answered with status ${status}`);
  const named = ['content-type', 'retry-after', 'date'].flatMap((name): [string, string][] => {
    const value = name === 'retry-after' && pauseMs !== null ? String(pauseMs / 1000) : headers[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  const hasBody = ![204, 205, 304].includes(status);
  return new Response(hasBody ? text : null, { status, headers: named });
}
