import type { App } from './app-type.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * The configuration of the route. Fastify builds `routeOptions` again at each access, so hooks read this instead.
     */
    route: FastifyContextConfig & { readonly url?: string };
  }
}

/** Gives each request the configuration of its route, before any other hook runs. */
export function readRouteConfig(app: App): void {
  app.decorateRequest('route');
  app.addHook('onRequest', (request, _reply, done) => {
    request.route = request.routeOptions.config;
    done();
  });
}
