import { platformProblemHeader } from '@blockhouse/client/wire';
import type { App } from './app-type.ts';

/**
 * Like Graph, lets pages of any origin call routes that need a key. A page sends the key in a header that it sets itself, and
 * cookies are not allowed across origins, so a page gains no access that it does not have anyway.
 */
export function allowOrigins(app: App): void {
  app.addHook('onRequest', (request, reply, done) => {
    const isFromPage = request.headers.origin !== undefined;
    if (isFromPage && (request.route.access !== undefined || request.is404)) {
      reply.header('access-control-allow-origin', '*');
      reply.header('access-control-expose-headers', exposed);
    }
    done();
  });
  app.options('/*', { schema: { hide: true } }, async (_request, reply) =>
    reply
      .status(204)
      .headers({
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
        'access-control-allow-headers': allowed,
        'access-control-max-age': '7200',
      })
      .send(),
  );
}

/** The headers that the SDK reads. */
const exposed = `retry-after, date, x-fb-trace-id, x-fb-request-id, x-business-use-case-usage, ${platformProblemHeader}`;
const allowed = 'authorization, content-type, x-api-key, accept, idempotency-key';
