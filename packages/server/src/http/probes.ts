import { Type } from 'typebox';
import type { Services } from '../services.ts';
import type { App } from './app.ts';
import { RequestFault } from './errors.ts';

const tags = ['Operating'];
const status = Type.Object({ status: Type.String() });

/** Probes and metrics, for supervisors and Prometheus; they need no key and say nothing of users. */
export function probesRoutes(app: App, { store, metrics }: Services): void {
  app.get(
    '/healthz',
    { schema: { tags, summary: 'Is the process alive?', response: { 200: status } } },
    async () => ({ status: 'ok' }),
  );

  app.get(
    '/readyz',
    { schema: { tags, summary: 'Can it answer, its store included?', response: { 200: status } } },
    async (request) => {
      try {
        await store.setting('user_id_secret');
      } catch (error) {
        request.log.error({ err: error }, 'the store does not answer');
        throw new RequestFault('internal', { status: 503, details: 'The store does not answer.' });
      }
      return { status: 'ready' };
    },
  );

  app.get(
    '/metrics',
    { schema: { tags, summary: "Counters in Prometheus's form" } },
    async (_request, reply) => {
      reply.type(metrics.registry.contentType);
      return metrics.registry.metrics();
    },
  );
}
