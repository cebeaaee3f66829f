import { Type } from 'typebox';
import type { Services } from '../../services.ts';
import { type AccessRule, numberOf } from '../access.ts';
import type { App } from '../app.ts';
import { ours } from '../blockhouse/schemas.ts';
import { invalid, RequestFault, shown } from '../errors.ts';
import { askAt, forwarded, notAnswered, notReturned, patienceMs } from './pass-through.ts';

const rule: AccessRule = { roles: ['admin', 'app'], number: true, limited: true };

/**
 * `GET /blockhouse/v1/numbers/{id}/media/{media_id}`: a medium of a number that lives at Meta, as bytes. At Meta these are two
 * requests, and the second goes to an address that asks for the token, which callers here do not have.
 */
export function mediaRoutes(app: App, services: Services): void {
  app.get(
    '/blockhouse/v1/numbers/:id/media/:media_id',
    {
      config: { access: rule },
      schema: {
        ...ours,
        tags: ['Gateway'],
        summary: 'A medium of a number at Meta, as bytes',
        params: Type.Object({ id: Type.String(), media_id: Type.String() }),
      },
    },
    async (request, reply) => {
      const number = numberOf(request);
      const { media_id: mediaId } = request.params;
      if (number.upstream === null)
        throw invalid(`Number ${number.id} has no media: it does not live at Meta.`);
      if (!/^\d{1,30}$/.test(mediaId))
        throw invalid(`The path names no medium: "${shown(mediaId)}" must be digits.`);
      const { version } = number.upstream;
      const path = `${version === null ? '' : `/${version}`}/${mediaId}?phone_number_id=${number.id}`;
      const { status, body } = await askAt(services, number, path, null);
      const { url } = (body ?? {}) as { readonly url?: unknown };
      if (status >= 400) return reply.status(status).serializer(JSON.stringify).send(body);
      if (typeof url !== 'string')
        throw new RequestFault('internal', { details: 'Meta has named no address for the medium.' });
      const abort = new AbortController();
      reply.raw.once('close', () => abort.abort(new Error('the caller has hung up')));
      try {
        const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(patienceMs)]);
        const response = await services.upstreams.download(number, url, {
          // Without a name of the asker, Meta's store of media answers with an error page.
          headers: { accept: '*/*', 'user-agent': 'Blockhouse' },
          signal,
        });
        return reply
          .status(response.statusCode ?? 502)
          .headers(forwarded(response.headers, notReturned))
          .send(response);
      } catch (error) {
        throw notAnswered(error, false);
      }
    },
  );
}
