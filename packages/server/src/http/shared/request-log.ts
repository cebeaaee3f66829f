import type { Services } from '../../services.ts';
import type { App } from './app-type.ts';
import { graphHeaders } from './graph-headers.ts';

/** Sets Graph's headers, and logs and counts each request. */
export function logRequests(app: App, { log, metrics }: Services): void {
  app.addHook('onRequest', (request, reply, done) => {
    // An unknown path may have been meant for Graph.
    if (request.route.graph || request.is404) graphHeaders(request, reply);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    // The pattern of the route is logged, since a query can contain a token, and a path a phone.
    const route = request.route.url ?? 'unknown';
    const { statusCode: status, elapsedTime: elapsedMs } = reply;
    metrics.requests.record(route, request.method, { status, seconds: elapsedMs / 1000 });
    const number = request.access?.number?.id;
    const key = request.access?.key.id;
    const ms = Math.round(elapsedMs * 10) / 10;
    log.info({ method: request.method, route, number, key, status, ms, fbtrace_id: request.id }, 'request');
    done();
  });
}
