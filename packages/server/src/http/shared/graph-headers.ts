import { versions } from '@blockhouse/client/wire';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isKnownVersion } from './version.ts';

/** `x-fb-trace-id` is shorter than `fbtrace_id`. Ours is a part of it, so that both find the request in the log. */
const shortTraceLength = 11;

/**
 * Sets Graph's headers that clients read: the version, and the traces to quote to support. Graph's `pragma` and `expires` repeat
 * `cache-control`, so they are left out to save time.
 */
export function graphHeaders(request: FastifyRequest, reply: FastifyReply): void {
  const { version } = request.params as { version?: string };
  reply.header('access-control-allow-origin', '*');
  reply.header('cache-control', 'private, no-cache, no-store, must-revalidate');
  reply.header('facebook-api-version', version && isKnownVersion(version) ? version : versions.latest);
  reply.header('x-fb-request-id', request.id);
  reply.header('x-fb-trace-id', request.id.slice(1, 1 + shortTraceLength));
}
