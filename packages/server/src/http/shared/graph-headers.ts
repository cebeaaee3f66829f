import { versions } from '@blockhouse/client/wire';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isKnownVersion } from './version.ts';

/** `x-fb-trace-id` is shorter than `fbtrace_id`; ours is a part of it, so that either finds the request. */
const shortTraceLength = 11;

/**
 * Graph's headers that clients read: the version that answers, and the traces to quote to support. Graph's `pragma` and
 * `expires`, which say what `cache-control` says, are left out: a header costs as much as a rule.
 */
export function graphHeaders(request: FastifyRequest, reply: FastifyReply): void {
  const { version } = request.params as { version?: string };
  reply.header('access-control-allow-origin', '*');
  reply.header('cache-control', 'private, no-cache, no-store, must-revalidate');
  reply.header('facebook-api-version', version && isKnownVersion(version) ? version : versions.latest);
  reply.header('x-fb-request-id', request.id);
  reply.header('x-fb-trace-id', request.id.slice(1, 1 + shortTraceLength));
}
