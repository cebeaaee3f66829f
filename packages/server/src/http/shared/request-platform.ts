import type { NumberRecord } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import type { Services } from '../../services.ts';
import { unansweredFault } from './unanswered.ts';

/** How long one answer may take. */
const deadlineMs = 30_000;

/** Of an answer that is read whole. */
const answerBytesMax = 1024 * 1024;

/** Asks a number's platform for one thing, as JSON. Nothing is asked twice: it may not be safe to. */
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
      if (size > answerBytesMax) throw new Error('the answer does not end');
      chunks.push(chunk);
    }
    return { status: passed.status, body: parsed(Buffer.concat(chunks).toString('utf8')) };
  } catch (error) {
    throw unansweredFault(error, reached, request);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('the answer is not JSON');
  }
}
