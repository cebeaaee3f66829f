import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';

/** Headers between two neighbors alone (RFC 9110, section 7.6.1). */
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

/** Headers that say what only the platform can say, where the answer is its own. */
const saidByPlatform: readonly string[] = [
  'cache-control',
  'facebook-api-version',
  'x-business-use-case-usage',
  'x-fb-request-id',
  'x-fb-trace-id',
];

/** The headers of a request that go on with it. */
export function headersOnward(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  return kept(headers, notForwarded);
}

/** Gives an answer the headers of the platform's, in the place of those that were set here in case there would be none. */
export function setPlatformHeaders(reply: FastifyReply, headers: IncomingHttpHeaders): void {
  for (const name of saidByPlatform) reply.removeHeader(name);
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
