import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CircuitOpen } from '../../upstream/circuit.ts';
import { type Passed, PathNotPlain } from '../../upstream/upstreams.ts';
import { pathOf } from '../access.ts';
import { RequestFault, unknownPath } from '../errors.ts';

/** How long nothing may move, in either direction. */
const idleMaxMs = 60_000;

/** Headers between two neighbours alone (RFC 9110, section 7.6.1). */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** The caller's key, what is about this server alone, and what would hide the token from whoever looks for it. */
const notForwarded: readonly string[] = [
  ...hopByHop,
  'host',
  'authorization',
  'x-api-key',
  'cookie',
  'expect',
  'forwarded',
  'origin',
  'referer',
  'accept-encoding',
];

const notReturned: readonly string[] = [...hopByHop, 'set-cookie', 'alt-svc', 'strict-transport-security'];

/** The headers of a request that go on with it. */
export function headersOnward(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  return kept(headers, notForwarded);
}

/** What an exchange with a platform needs to know of its caller. */
export interface Streaming {
  /** Aborted when the caller has hung up, or nothing has moved for long. */
  readonly signal: AbortSignal;
  readonly onReached: () => void;
}

/** Asks a platform and sends on what it answers, as it comes: `ask` is given what ends the exchange. */
export async function streamThrough(
  request: FastifyRequest,
  reply: FastifyReply,
  ask: (streaming: Streaming) => Promise<Passed>,
): Promise<FastifyReply> {
  const abort = new AbortController();
  const idle = setTimeout(() => abort.abort(tooSlow), idleMaxMs);
  const moved = () => idle.refresh();
  request.raw.on('data', moved).pause();
  reply.raw.once('close', () => {
    clearTimeout(idle);
    abort.abort(new Error('the caller has hung up'));
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
    return reply.status(status).headers(kept(headers, notReturned)).send(body);
  } catch (error) {
    clearTimeout(idle);
    throw notAnswered(error, reached, request);
  }
}

/** Without an answer, a caller must know whether anything may have been done. */
export function notAnswered(error: unknown, reached: boolean, request: FastifyRequest): RequestFault {
  if (error instanceof PathNotPlain) return unknownPath(pathOf(request));
  const { message } = error as Error;
  const details = reached
    ? `Whether it was done is not known: the number's platform gave no answer (${message}).`
    : `Nothing was done: the number's platform could not be asked (${message}).`;
  const headers =
    error instanceof CircuitOpen ? { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) } : {};
  return new RequestFault('internal', { details, headers });
}

const tooSlow = Object.assign(new Error('nothing came for a minute'), { name: 'TimeoutError' });

function kept(headers: IncomingHttpHeaders, dropped: readonly string[]): Record<string, string | string[]> {
  const named = String(headers.connection ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string | string[]] => {
      const [name, value] = entry;
      const isOurs = name.startsWith('x-forwarded-') || name.startsWith('x-blockhouse-');
      return value !== undefined && !isOurs && !dropped.includes(name) && !named.includes(name);
    }),
  );
}
