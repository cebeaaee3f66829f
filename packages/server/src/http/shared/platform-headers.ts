import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';

/** Headers of a single connection (RFC 9110, section 7.6.1). */
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

/**
 * Headers that are not forwarded: the client's key, headers about this server, and encodings that would hide the token from
 * redaction.
 */
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

/** Headers that this server sets by itself, and that the platform sets in its own answers. */
const ownedByPlatform: readonly string[] = [
  'cache-control',
  'facebook-api-version',
  'x-business-use-case-usage',
  'x-fb-request-id',
  'x-fb-trace-id',
];

/** The headers of a request that are forwarded with it. */
export function forwardedHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  return kept(headers, notForwarded);
}

/** Gives a reply the headers of the platform's answer. They replace those that this server has set. */
export function setPlatformHeaders(reply: FastifyReply, headers: IncomingHttpHeaders): void {
  for (const name of ownedByPlatform) reply.removeHeader(name);
  reply.headers(kept(headers, notReturned));
}

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
