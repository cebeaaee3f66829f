import type { NumberRecord } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import type { Services } from '../../services.ts';
import { unansweredError } from './unanswered.ts';

/** How long an answer may take, in milliseconds. */
const deadlineMs = 30_000;

/** The largest answer that is read. */
const answerBytesMax = 1024 * 1024;

/** Sends a request to a number's platform and reads its answer, both in JSON. It does not retry, since that may not be safe. */
export async function requestPlatform(
  { metaClients }: Services,
  request: FastifyRequest,
  {
    number,
    path,
    body,
  }: { readonly number: NumberRecord; readonly path: string; readonly body: object | null },
): Promise<{ readonly status: number; readonly body: unknown }> {
  let reached = false;
  try {
    const passed = await metaClients.pass(number, path, {
      method: body === null ? 'GET' : 'POST',
      headers: { ...(body !== null && { 'content-type': 'application/json' }), accept: 'application/json' },
      body: body === null ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(deadlineMs),
      onReached() {
        reached = true;
      },
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of passed.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > answerBytesMax) throw new Error(`the answer is larger than ${answerBytesMax} bytes`);
      chunks.push(chunk);
    }
    return { status: passed.status, body: parsed(Buffer.concat(chunks).toString('utf8')) };
  } catch (error) {
    throw unansweredError(error, reached, request);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('the answer is not JSON');
  }
}
