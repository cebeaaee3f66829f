import type { IncomingHttpHeaders } from 'node:http';
import type { NumberRecord } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { TargetRefused } from '../../outbound/target-policy.ts';
import type { Services } from '../../services.ts';
import { numberOf, sending } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import { invalid, RequestError, shown } from '../shared/errors.ts';
import { ownOrigin } from '../shared/own-origin.ts';
import { requestPlatform } from '../shared/request-platform.ts';
import { requiresKey } from '../shared/schemas.ts';
import { streamThrough } from './stream-through.ts';

/**
 * `GET /blockhouse/v1/numbers/{id}/media/{media_id}`: a media file of a number at Meta, as bytes. At Meta these are two
 * requests, and the second goes to an address that asks for the token, which callers here do not have.
 */
export function mediaRoutes(app: App, services: Services): void {
  app.get(
    '/blockhouse/v1/numbers/:id/media/:media_id',
    {
      config: { access: sending },
      schema: {
        ...requiresKey,
        tags: ['Gateway'],
        summary: 'Download a media file of a number at Meta',
        params: Type.Object({ id: Type.String(), media_id: Type.String() }),
      },
    },
    async (request, reply) => {
      const number = numberOf(request);
      const { media_id: mediaId } = request.params;
      if (number.upstream === null) throw invalid(`Number ${number.id} has no media: it is not at Meta.`);
      if (!/^\d{1,30}$/.test(mediaId))
        throw invalid(`The path names no media file: "${shown(mediaId)}" must be digits.`);
      const { version } = number.upstream;
      const path = `${version === null ? '' : `/${version}`}/${mediaId}?phone_number_id=${number.id}`;
      const { status, body } = await requestPlatform(services, request, { number, path, body: null });
      const { url } = (body ?? {}) as { readonly url?: unknown };
      if (status >= 400) return reply.status(status).serializer(JSON.stringify).send(body);
      if (typeof url !== 'string')
        throw new RequestError('internal', { details: 'Meta gave no address for the media file.' });
      // A file that a user has sent must not run in a browser as if it were ours.
      reply.headers({
        'x-content-type-options': 'nosniff',
        'content-security-policy': "sandbox; default-src 'none'",
      });
      return await streamThrough(request, reply, async (streaming) => {
        try {
          // Without a name of the asker, Meta's store of media answers with an error page.
          const headers = { accept: '*/*', 'user-agent': 'Blockhouse', ...rangeOf(request.headers) };
          return await services.metaClients.download(number, url, {
            ...streaming,
            method: request.method,
            headers,
          });
        } catch (error) {
          if (!(error instanceof TargetRefused)) throw error;
          throw new RequestError('internal', {
            details: `Meta named an address for the file that is not its own: ${error.message}.`,
          });
        }
      });
    },
  );
}

/** Headers that ask for a part of a file, or for a file that has changed. */
const ranged = ['range', 'if-range', 'if-none-match', 'if-modified-since'] as const;

function rangeOf(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    ranged.flatMap((name): [string, string][] => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

/**
 * Meta names an address of its own for a file, and wants the token there. A client would send its key: the address
 * leads to the route above instead.
 */
export function fileLinkFor(
  { config, metaClients }: Services,
  { request, number, id }: { request: FastifyRequest; number: NumberRecord; id: string },
): (url: URL) => string | null {
  const link = `${ownOrigin(config, request)}/blockhouse/v1/numbers/${number.id}/media/${id}`;
  return (url) => (metaClients.keepsFiles(number, url) ? link : null);
}
