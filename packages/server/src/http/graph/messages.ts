import type { Services } from '../../services.ts';
import { sending } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import { byMethod } from '../shared/parameters.ts';
import { withoutValidation } from '../shared/schemas.ts';
import { sendHandler } from '../shared/send-message.ts';
import { graphPaths, messagesSchema } from './schemas.ts';

/** `POST /[vN.N/]{phone_number_id}/messages`, for any type of message. Its content is not checked. */
export function messagesRoutes(app: App, services: Services): void {
  const handler = byMethod({ POST: sendHandler(services, 'blocked') });
  const config = { access: sending, graph: true, passes: true };
  for (const { url, params } of graphPaths('messages')) {
    app.post(url, { config, schema: { ...messagesSchema, params }, ...withoutValidation }, handler);
    for (const method of ['GET', 'DELETE'] as const)
      app.route({ method, url, config, schema: { hide: true }, ...withoutValidation, handler });
  }
}
