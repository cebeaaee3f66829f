import { PassThrough } from 'node:stream';
import type { KeyRecord } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Services } from '../../services.ts';
import { type AccessRule, keyOf, numberOf } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import { findSession } from '../shared/credentials.ts';
import { RequestFault } from '../shared/errors.ts';
import { requiresKey } from '../shared/schemas.ts';
import { sessionCookie } from '../shared/session-cookie.ts';
import { isoTime } from '../shared/time.ts';

const rule: AccessRule = { roles: ['admin', 'agent'], number: true, limited: false };

/** Proxies end what is silent for a minute. */
const heartbeatMs = 20_000;

/** Streams that are open at once; each is a connection. */
const streamsMax = 1_000;
const streamsOfKeyMax = 200;

/** `GET /blockhouse/v1/numbers/{id}/events`: server-sent events, one after every change of the number. */
export function eventsRoutes(app: App, services: Services): void {
  const { numberWatcher: changes, clock } = services;
  const open = new Map<PassThrough, string>();
  app.addHook('preClose', async () => {
    for (const stream of open.keys()) stream.end();
  });
  app.get(
    '/blockhouse/v1/numbers/:id/events',
    {
      config: { access: rule },
      schema: {
        ...requiresKey,
        tags: ['Panel'],
        summary: 'Server-sent events: something about the number has changed; the data is the time',
        params: Type.Object({ id: Type.String() }),
      },
    },
    async (request, reply) => {
      const { id } = numberOf(request);
      const { key } = await whoWatches(services, request);
      const own = [...open.values()].filter((keyId) => keyId === key.id).length;
      if (open.size >= streamsMax || own >= streamsOfKeyMax)
        throw new RequestFault('rateLimit', {
          details: `${own} streams of events are open with this key already.`,
        });
      const stream = new PassThrough();
      open.set(stream, key.id);
      // Whoever does not read is told once: the events say nothing but that there is something to read.
      const tell = () => {
        if (stream.writableLength === 0) stream.write(`event: change\ndata: ${isoTime(clock())}\n\n`);
      };
      const heartbeat = setInterval(() => {
        if (stream.writableLength === 0) stream.write(': still here\n\n');
        // Who has signed out, or whose key is revoked, hears no more.
        whoWatches(services, request).catch(() => stream.end());
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

/** Whose stream it is, asked anew. @throws RequestFault when it is nobody's any more. */
async function whoWatches(services: Services, request: FastifyRequest): Promise<{ readonly key: KeyRecord }> {
  const session = await findSession(services, request);
  if (session !== null) return session;
  const check = await services.keyRing.checkHash(keyOf(request).hash);
  if (check.state !== 'valid' || sessionCookie(request) !== null) throw new RequestFault('badToken');
  return check;
}
