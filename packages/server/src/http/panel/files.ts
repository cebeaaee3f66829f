import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyReply } from 'fastify';
import type { Services } from '../../services.ts';
import type { App } from '../shared/app-type.ts';
import { RequestError, unknownPath } from '../shared/errors.ts';
import { pathOf } from '../shared/request-url.ts';

/** The folder of the built panel. */
const folder = fileURLToPath(new URL('dist/', import.meta.resolve('@blockhouse/panel/package.json')));

/** Where the page has its nonce: the only inline code and styles that a browser runs are those of the page itself. */
const noncePlaceholder = '__CSP_NONCE__';

/** The panel loads nothing from elsewhere. Which pages may frame it is added for each page. */
const contentSecurity = (nonce: string, ancestors: string): readonly string[] => [
  "default-src 'none'",
  `script-src 'self' 'nonce-${nonce}'`,
  `style-src 'self' 'nonce-${nonce}'`,
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  `frame-ancestors ${ancestors}`,
];

/** Files with a hash in their names never change. Browsers ask for all others each time. */
const immutable = 'public, max-age=31536000, immutable';

/** `/panel/` and `/embed/{number}`: the panel's page and its files. */
export async function panelFiles(app: App, { config }: Services): Promise<void> {
  const isBuilt = existsSync(join(folder, 'index.html'));
  app.get('/', { schema: { hide: true } }, async (_request, reply) =>
    reply.redirect(isBuilt ? '/panel/' : '/docs'),
  );
  if (!isBuilt) return;

  await app.register(fastifyStatic, {
    root: folder,
    prefix: '/panel/',
    index: false,
    redirect: false,
    wildcard: false,
    // The page is sent below, with headers of its own.
    globIgnore: ['index.html', '**/*.br', '**/*.gz'],
    schemaHide: true,
    cacheControl: false,
    preCompressed: true,
    setHeaders(reply, path) {
      reply.header('cache-control', path.includes('/assets/') ? immutable : 'no-cache');
      reply.header('x-content-type-options', 'nosniff');
    },
  });

  const html = readFileSync(join(folder, 'index.html'), 'utf8');
  const page = (reply: FastifyReply, ancestors: string): FastifyReply => {
    const nonce = randomBytes(16).toString('base64');
    reply.headers({
      'content-security-policy': contentSecurity(nonce, ancestors).join('; '),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    });
    return reply.type('text/html; charset=utf-8').send(html.replaceAll(noncePlaceholder, nonce));
  };
  const hide = { schema: { hide: true } };
  // All paths below `/panel` are pages that the panel renders itself.
  for (const url of ['/panel', '/panel/*'])
    app.get(url, hide, async (request, reply) => {
      // A missing file is not a page.
      if (/\/assets\/|\.\w+$/.test(pathOf(request))) throw unknownPath(pathOf(request));
      return page(reply, "'none'");
    });
  app.get('/embed/:number', hide, async (_request, reply) => {
    if (config.embedOrigins.length === 0)
      throw new RequestError('permission', {
        details: 'No page may embed the panel. Set BLOCKHOUSE_EMBED_ORIGINS to the origins that may.',
      });
    return page(reply, config.embedOrigins.join(' '));
  });
}
