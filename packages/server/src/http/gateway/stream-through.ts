import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpResponse } from '../../outbound/http-client.ts';
import { setPlatformHeaders } from '../shared/platform-headers.ts';
import { type Links, rewriteLinks } from '../shared/rewrite-links.ts';
import { unansweredError } from '../shared/unanswered.ts';

/** How long nothing may move, in either direction: less than the connection of the caller stays open. */
const idleMaxMs = 30_000;

/** An answer whose links are rewritten is read whole. */
const rewrittenBytesMax = 16 * 1024 * 1024;

/** The facts about its caller that an exchange with a platform needs. */
export interface Streaming {
  /** Aborted when the caller has disconnected, or nothing has moved for long. */
  readonly signal: AbortSignal;
  readonly onReached: () => void;
}

/**
 * Sends a request to a platform, and streams the answer as it arrives. JSON is sent after its links are rewritten.
 * @param ask is given what ends the exchange.
 * @param links null: nothing is rewritten.
 */
export async function streamThrough(
  request: FastifyRequest,
  reply: FastifyReply,
  ask: (streaming: Streaming) => Promise<HttpResponse>,
  links: Links | null = null,
): Promise<FastifyReply> {
  const abort = new AbortController();
  const idle = setTimeout(() => abort.abort(tooSlow), idleMaxMs);
  const moved = () => idle.refresh();
  request.raw.on('data', moved).pause();
  reply.raw.once('close', () => {
    clearTimeout(idle);
    abort.abort(new Error('the caller has disconnected'));
  });
  let reached = false;
  try {
    const { status, headers, body } = await ask({
      signal: abort.signal,
      onReached() {
        reached = true;
      },
    });
    body.on('data', moved).pause();
    setPlatformHeaders(reply.status(status), headers);
    const isJson = /^(?:application|text)\/(?:json|javascript)\b/.test(headers['content-type'] ?? '');
    const hasBody = request.method !== 'HEAD' && ![204, 304].includes(status);
    if (links === null || !isJson || !hasBody) return reply.send(body);
    const bytes = await readWhole(body);
    const sent = isUtf8(bytes) ? Buffer.from(rewriteLinks(bytes.toString('utf8'), links)) : bytes;
    return reply.header('content-length', sent.length).send(sent);
  } catch (error) {
    clearTimeout(idle);
    throw unansweredError(error, reached, request);
  }
}

async function readWhole(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > rewrittenBytesMax) throw new Error('it answered with more than 16 MiB of JSON');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const tooSlow = Object.assign(new Error('nothing came for 30 seconds'), { name: 'TimeoutError' });
