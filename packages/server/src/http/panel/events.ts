import { PassThrough } from 'node:stream';
import { Type } from 'typebox';
import type { Services } from '../../services.ts';
import { type AccessRule, numberOf } from '../access.ts';
import type { App } from '../app.ts';
import { timeOut } from '../blockhouse/block-shapes.ts';
import { ours } from '../blockhouse/schemas.ts';
import { RequestFault } from '../errors.ts';

const rule: AccessRule = { roles: ['admin', 'agent'], number: true, limited: false };

/** Proxies end what is silent for a minute. */
const heartbeatMs = 20_000;

/** Streams that are open at once; each is a connection. */
const streamsMax = 1_000;

/** `GET /blockhouse/v1/numbers/{id}/events`: server-sent events, one after every change of the number. */
export function eventsRoutes(app: App, { changes, clock }: Services): void {
  const open = new Set<PassThrough>();
  app.addHook('preClose', async () => {
    for (const stream of open) stream.end();
  });
  app.get(
    '/blockhouse/v1/numbers/:id/events',
    {
      config: { access: rule },
      schema: {
        ...ours,
        tags: ['Panel'],
        summary: 'Server-sent events: something about the number has changed; the data is the time',
        params: Type.Object({ id: Type.String() }),
      },
    },
    async (request, reply) => {
      const { id } = numberOf(request);
      if (open.size >= streamsMax)
        throw new RequestFault('rateLimit', { details: `${streamsMax} streams of events are open already.` });
      const stream = new PassThrough();
      open.add(stream);
      // Whoever does not read is told once: the events say nothing but that there is something to read.
      const tell = () => {
        if (stream.writableLength === 0) stream.write(`event: change\ndata: ${timeOut(clock())}\n\n`);
      };
      const heartbeat = setInterval(() => {
        if (stream.writableLength === 0) stream.write(': still here\n\n');
      }, heartbeatMs).unref();
      const stop = changes.watch(id, tell);
      stream.once('close', () => {
        stop();
        clearInterval(heartbeat);
        open.delete(stream);
      });
      stream.write('retry: 2000\n\n');
      return reply
        .type('text/event-stream')
        .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
        .send(stream);
    },
  );
}
