import { batchMax } from '@blockhouse/engine';
import type { Services } from '../../services.ts';
import { listing, numberOf } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import type { BlocklistDialect } from '../shared/blocklist-dialect.ts';
import { changeHandler } from '../shared/change-blocklist.ts';
import { RequestError } from '../shared/errors.ts';
import { listHandler } from '../shared/list-blocklist.ts';
import { byMethod } from '../shared/parameters.ts';
import { sendPlatformAnswer } from '../shared/platform-answer.ts';
import { withoutValidation } from '../shared/schemas.ts';
import { readElement } from './read-element.ts';
import { renderChange } from './render-change.ts';
import { PageRenderer } from './render-page.ts';
import { blockUsersSchema, graphPaths, listSchema, unblockUsersSchema } from './schemas.ts';

/** `POST DELETE GET /[vN.N/]{phone_number_id}/block_users` */
export function blockUsersRoutes(app: App, services: Services): void {
  const dialect = graphDialect(services);
  const handler = byMethod({
    POST: changeHandler(services, 'block', dialect),
    DELETE: changeHandler(services, 'unblock', dialect),
    GET: listHandler(services, dialect),
  });
  const config = { access: listing, graph: true };
  for (const { url, params } of graphPaths('block_users')) {
    app.post(url, { config, schema: { ...blockUsersSchema, params }, ...withoutValidation }, handler);
    app.delete(url, { config, schema: { ...unblockUsersSchema, params }, ...withoutValidation }, handler);
    app.get(url, { config, schema: { ...listSchema, params }, ...withoutValidation }, handler);
  }
}

/** Meta's own dialect. */
function graphDialect(services: Services): BlocklistDialect {
  const pages = new PageRenderer(services);
  return {
    batchMax,
    tooManyUsers: (count) =>
      new RequestError('tooManyUsers', {
        details: `Too many numbers are in the request itself: ${count}, at most ${batchMax} are accepted`,
      }),
    readElement,
    passesAnswers: true,
    renderChange(change, request, reply) {
      if (change.failed.length > 0) reply.status(services.config.partialFailureStatus);
      return renderChange(change, request.id);
    },
    pageDefault: null,
    renderPage(page, limit, request, reply) {
      reply.type('application/json; charset=utf-8');
      return pages.render(page, limit, request);
    },
    renderLivePage: ({ answer }, request, reply) =>
      sendPlatformAnswer(services, answer, { request, reply, number: numberOf(request) }),
  };
}
