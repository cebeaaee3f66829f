import type { IncomingHttpHeaders } from 'node:http';
import type { NumberRecord } from '@blockhouse/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PlatformAnswer } from '../../meta-client/attempts.ts';
import type { Services } from '../../services.ts';
import { ownOrigin } from './own-origin.ts';
import { setPlatformHeaders } from './platform-headers.ts';
import { parameterOf } from './request-url.ts';
import { type Links, rewriteLinks } from './rewrite-links.ts';

/** Of the platform's headers those that stand in answers of our own API: its rate limits, its version, and the traces to quote to its support. */
const returned =
  /^(?:facebook-api-version|retry-after|warning|www-authenticate|x-(?:ad-account|app|business-use-case)-usage|x-fb-[a-z-]+)$/;

/** Answers with what a number's platform has answered: its status, its words and its headers. */
export function sendPlatformAnswer(
  services: Services,
  { status, headers, text }: PlatformAnswer,
  { request, reply, number }: { request: FastifyRequest; reply: FastifyReply; number: NumberRecord },
): FastifyReply {
  setPlatformHeaders(reply, headers);
  if (status === 200 && isKnown(request, headers.etag)) return reply.status(304).send();
  return reply.status(status).send(rewriteLinks(text, linksFor(services, number, request)));
}

/** Whether the caller has the answer already (RFC 9110, section 13.1.2). */
function isKnown({ method, headers }: FastifyRequest, etag: string | undefined): boolean {
  if (etag === undefined || !['GET', 'HEAD'].includes(method)) return false;
  const strong = (tag: string) => tag.trim().replace(/^W\//, '');
  return (headers['if-none-match'] ?? '').split(',').some((tag) => strong(tag) === strong(etag));
}

/** Of the headers of a platform's answer those that its clients read. */
export function returnedHeaders(
  headers: IncomingHttpHeaders,
): readonly (readonly [string, string | string[]])[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value !== undefined && returned.test(name) ? [[name, value] as const] : [],
  );
}

/** Links of a number's platform, as they lead through this server. */
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
