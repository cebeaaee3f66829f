import { requestErrors } from '@blockhouse/client/wire';
import { Type } from 'typebox';
import type { Services } from '../../services.ts';
import { listing, numberOf, sending } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import { changeHandler } from '../shared/change-blocklist.ts';
import { RequestError } from '../shared/errors.ts';
import { listHandler } from '../shared/list-blocklist.ts';
import { byMethod, type Handler, parametersOf } from '../shared/parameters.ts';
import { rememberRecipient } from '../shared/remember-recipient.ts';
import { requestPlatform } from '../shared/request-platform.ts';
import { numberParams, requiresKey, withoutValidation } from '../shared/schemas.ts';
import { sendHandler } from '../shared/send-message.ts';
import { splashifyDialect } from './dialect.ts';

const params = Type.Object({
  version: Type.String({ description: 'Version of the Graph API, such as v25.0' }),
  ...numberParams.properties,
});
const tags = ['Splashify dialect'];

/**
 * The dialect of a provider (Splashify Pro, "Block / Unblock Users"): `/api/vN.N/{phone_number_id}/block_users` and `/messages`.
 */
export function splashifyRoutes(app: App, services: Services): void {
  const url = '/api/:version/:id/block_users';
  const options = { config: { access: listing, graph: true }, ...withoutValidation };
  const schema = (summary: string) => ({ ...requiresKey, tags, params, summary });
  const dialect = splashifyDialect(services);
  const handler = byMethod({
    POST: changeHandler(services, 'block', dialect),
    DELETE: changeHandler(services, 'unblock', dialect),
    GET: listHandler(services, dialect),
  });
  app.post(url, { ...options, schema: schema('Block up to 500 users') }, handler);
  app.delete(url, { ...options, schema: schema('Unblock up to 500 users') }, handler);
  app.get(url, { ...options, schema: schema('List blocked users') }, handler);

  const messages = {
    url: '/api/:version/:id/messages',
    config: { access: sending, graph: true },
    ...withoutValidation,
    handler: byMethod({ POST: messageHandler(services) }),
  };
  app.route({ ...messages, method: 'POST', schema: schema('Send a message') });
  for (const method of ['GET', 'DELETE'] as const) app.route({ ...messages, method, schema: { hide: true } });
}

/** A message to a blocked user fails with an error of the dialect's own, also when Meta refuses it. */
function messageHandler(services: Services): Handler {
  const send = sendHandler(services, 'blockedAtProvider');
  return async (request, reply) => {
    const number = numberOf(request);
    if (number.upstream === null) return await send(request);
    const { version } = request.params as { version: string };
    const path = `/${version}/${number.id}/messages`;
    const { status, body } = await requestPlatform(services, request, {
      number,
      path,
      body: parametersOf(request),
    });
    if (status === 200) rememberRecipient(services, number, body);
    const code = (body as { error?: { code?: unknown } } | null)?.error?.code;
    if (code === requestErrors.blocked.code) throw new RequestError('blockedAtProvider');
    return reply.status(status).send(body);
  };
}
