import { Type } from 'typebox';
import type { Services } from '../services.ts';
import type { App } from './shared/app-type.ts';
import { sendError } from './shared/error-handler.ts';
import { RequestError } from './shared/errors.ts';

const tags = ['Health'];
const status = Type.Object({ status: Type.String() });

/** Probes for supervisors, and metrics for Prometheus. They need no key and contain no data of users. */
export function probesRoutes(app: App, { store, metrics, log }: Services): void {
  let logged: string | null = null;
  app.get(
    '/healthz',
    { schema: { tags, summary: 'Check that the process is alive', response: { 200: status } } },
    async () => ({ status: 'ok' }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        tags,
        summary: 'Check that the server is ready',
        description: 'Returns 503 with the reason while the store does not accept changes.',
        response: { 200: status },
      },
    },
    async (request, reply) => {
      const problem = await store.problem();
      // Probes come every few seconds, so only a change is logged.
      if (problem !== logged) {
        if (problem === null) log.info('the store accepts changes again');
        else log.error({ problem }, 'the store does not accept changes');
      }
      logged = problem;
      if (problem === null) return { status: 'ready' };
      return sendError(request, reply, new RequestError('internal', { status: 503, details: problem }));
    },
  );

  app.get(
    '/metrics',
    { schema: { tags, summary: 'Retrieve metrics in the Prometheus format' } },
    async (_request, reply) => {
      reply.type(metrics.registry.contentType);
      return metrics.registry.metrics();
    },
  );
}
