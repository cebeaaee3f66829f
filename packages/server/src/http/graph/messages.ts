import type { Services } from '../../services.ts';
import { sending } from '../shared/access-rules.ts';
import type { App } from '../shared/app-type.ts';
import { byMethod } from '../shared/parameters.ts';
import { unchecked } from '../shared/schemas.ts';
import { sendHandler } from '../shared/send-message.ts';
import { graphPaths, messagesSchema } from './schemas.ts';

/** `POST /[vN.N/]{phone_number_id}/messages`: any type of message; its content is not judged. */
export function messagesRoutes(app: App, services: Services): void {
  const handler = byMethod({ POST: sendHandler(services, 'blocked') });
  const config = { access: sending, graph: true, passes: true };
  for (const { url, params } of graphPaths('messages')) {
    app.post(url, { config, schema: { ...messagesSchema, params }, ...unchecked }, handler);
    for (const method of ['GET', 'DELETE'] as const)
      app.route({ method, url, config, schema: { hide: true }, ...unchecked, handler });
  }
}
