import { platformProblemHeader } from '@blockhouse/client/wire';
import type { App } from './app-type.ts';

/**
 * Lets web pages of any origin call what asks for a key, as Graph does. Keys travel in a header that a page must set by
 * itself, so no page gets what it could not ask for anyway; cookies are not allowed across origins.
 */
export function allowOrigins(app: App): void {
  app.addHook('onRequest', (request, reply, done) => {
    const isFromPage = request.headers.origin !== undefined;
    if (isFromPage && (request.routeOptions.config.access !== undefined || request.is404)) {
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

/** What the SDK reads besides the body. */
const exposed = `retry-after, date, x-fb-trace-id, x-fb-request-id, x-business-use-case-usage, ${platformProblemHeader}`;
const allowed = 'authorization, content-type, x-api-key, accept, idempotency-key';
