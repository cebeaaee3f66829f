import { versions } from '@blockhouse/client/wire';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isKnownVersion } from './version.ts';

/** What Graph sends with every answer, whatever it says. */
const constant = {
  'access-control-allow-origin': '*',
  'cache-control': 'private, no-cache, no-store, must-revalidate',
  pragma: 'no-cache',
  expires: 'Sat, 01 Jan 2000 00:00:00 GMT',
} as const;

/** `x-fb-trace-id` is shorter than `fbtrace_id`; ours is a part of it, so that either finds the request. */
const shortTraceLength = 11;

/** Graph's headers that clients read: the version that answers, and the traces to quote to support. */
export function graphHeaders(request: FastifyRequest, reply: FastifyReply): void {
  const { version } = request.params as { version?: string };
  reply.headers(constant);
  reply.header('facebook-api-version', version && isKnownVersion(version) ? version : versions.latest);
  reply.header('x-fb-request-id', request.id);
  reply.header('x-fb-trace-id', request.id.slice(1, 1 + shortTraceLength));
}
