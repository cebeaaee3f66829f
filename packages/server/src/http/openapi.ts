import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { App } from './shared/app-type.ts';

/** The reference page loads nothing from elsewhere. */
const contentSecurity = {
  'default-src': "'self'",
  'img-src': ["'self'", 'data:'],
  'object-src': "'none'",
  'base-uri': "'none'",
  'frame-ancestors': "'none'",
};

/** `/openapi.json`, generated from the schemas of the routes, and `/docs`, the reference page that shows it. */
export async function openApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Blockhouse',
        description: "The WhatsApp Block Users API in Meta's wire format, and Blockhouse's own API.",
        version: '0.1.0',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
          accessToken: { type: 'apiKey', in: 'query', name: 'access_token' },
        },
      },
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: contentSecurity,
    uiConfig: { layout: 'BaseLayout', defaultModelsExpandDepth: -1 },
    theme: { title: 'Blockhouse API' },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
