import type { IncomingHttpHeaders } from 'node:http';
import type { NumberRecord } from '@blockhouse/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PlatformAnswer } from '../../meta-client/attempts.ts';
import type { Services } from '../../services.ts';
import { ownOrigin } from './own-origin.ts';
import { setPlatformHeaders } from './platform-headers.ts';
import { parameterOf } from './request-url.ts';
import { type Links, rewriteLinks } from './rewrite-links.ts';

/** The headers of Meta's that answers of our own API repeat: rate limits, version, and traces to quote to Meta's support. */
const returned =
  /^(?:facebook-api-version|retry-after|warning|www-authenticate|x-(?:ad-account|app|business-use-case)-usage|x-fb-[a-z-]+)$/;

/** Sends the answer of a number's platform with its status, text and headers. */
export function sendPlatformAnswer(
  services: Services,
  { status, headers, text }: PlatformAnswer,
  { request, reply, number }: { request: FastifyRequest; reply: FastifyReply; number: NumberRecord },
): FastifyReply {
  setPlatformHeaders(reply, headers);
  if (status === 200 && isKnown(request, headers.etag)) return reply.status(304).send();
  return reply.status(status).send(rewriteLinks(text, linksFor(services, number, request)));
}

/** Whether the client has the answer already (RFC 9110, section 13.1.2). */
function isKnown({ method, headers }: FastifyRequest, etag: string | undefined): boolean {
  if (etag === undefined || !['GET', 'HEAD'].includes(method)) return false;
  const strong = (tag: string) => tag.trim().replace(/^W\//, '');
  return (headers['if-none-match'] ?? '').split(',').some((tag) => strong(tag) === strong(etag));
}

/** The headers of a platform's answer that clients of our own API read. */
export function returnedHeaders(
  headers: IncomingHttpHeaders,
): readonly (readonly [string, string | string[]])[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value !== undefined && returned.test(name) ? [[name, value] as const] : [],
  );
}

/** How links of a number's platform lead through this server. */
export function linksFor(
  { config, metaClients }: Services,
  number: NumberRecord,
  request: FastifyRequest,
  fileLink: Links['fileLink'] = null,
): Links {
  return {
    from: metaClients.baseUrlOf(number),
    to: ownOrigin(config, request),
    accessToken: parameterOf(request.query, 'access_token'),
    fileLink,
  };
}
