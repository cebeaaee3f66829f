import { Type } from 'typebox';
import type { Services } from '../services.ts';
import type { App } from './shared/app-type.ts';
import { answerFault } from './shared/error-handler.ts';
import { RequestFault } from './shared/errors.ts';

const tags = ['Operating'];
const status = Type.Object({ status: Type.String() });

/** Probes and metrics, for supervisors and Prometheus; they need no key and say nothing of users. */
export function probesRoutes(app: App, { store, metrics, log }: Services): void {
  let logged: string | null = null;
  app.get(
    '/healthz',
    { schema: { tags, summary: 'Is the process alive?', response: { 200: status } } },
    async () => ({ status: 'ok' }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        tags,
        summary: 'Can it answer, and does its store keep changes? 503 with the reason when not',
        response: { 200: status },
      },
    },
    async (request, reply) => {
      const problem = await store.problem();
      // Probes come every few seconds: only what is new is worth a line.
      if (problem !== logged) {
        if (problem === null) log.info('the store keeps changes again');
        else log.error({ problem }, 'the store does not keep changes');
      }
      logged = problem;
      if (problem === null) return { status: 'ready' };
      return answerFault(request, reply, new RequestFault('internal', { status: 503, details: problem }));
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
