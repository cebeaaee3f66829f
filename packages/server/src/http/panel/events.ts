import { PassThrough } from 'node:stream';
import type { KeyRecord } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import type { Services } from '../../services.ts';
import { allowAtNumber, keyOf, numberOf } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import { findSession } from '../shared/credentials.ts';
import { RequestError } from '../shared/errors.ts';
import { numberParams, requiresKey } from '../shared/schemas.ts';
import { sessionCookie } from '../shared/session-cookie.ts';
import { isoTime } from '../shared/time.ts';

const access = allowAtNumber('admin', 'agent');

/** Proxies close a connection that is silent for a minute. */
const heartbeatMs = 20_000;

/** How many streams can be open at a time, and how many with one key. Each is a connection. */
const streamsMax = 1_000;
const streamsOfKeyMax = 200;

/** `GET /blockhouse/v1/numbers/{id}/events`: server-sent events, one after every change of the number. */
export function eventsRoutes(app: App, services: Services): void {
  const { numberWatcher, clock } = services;
  const open = new Map<PassThrough, string>();
  app.addHook('preClose', async () => {
    for (const stream of open.keys()) stream.end();
  });
  app.get(
    '/blockhouse/v1/numbers/:id/events',
    {
      config: { access },
      schema: {
        ...requiresKey,
        tags: ['Panel'],
        summary: 'Stream changes of a number',
        description: 'Sends a server-sent event after every change of the number. Its data is the time.',
        params: numberParams,
      },
    },
    async (request, reply) => {
      const { id } = numberOf(request);
      const { key } = await checkClient(services, request);
      const own = [...open.values()].filter((keyId) => keyId === key.id).length;
      if (open.size >= streamsMax || own >= streamsOfKeyMax)
        throw new RequestError('rateLimit', {
          details: `${own} streams of events are open with this key already.`,
        });
      const stream = new PassThrough();
      open.set(stream, key.id);
      // A client that is behind needs no second event, since an event only says that there is something to read.
      const notify = () => {
        if (stream.writableLength === 0) stream.write(`event: change\ndata: ${isoTime(clock())}\n\n`);
      };
      const heartbeat = setInterval(() => {
        if (stream.writableLength === 0) stream.write(': still here\n\n');
        // The stream ends when the client signs out or its key is revoked.
        checkClient(services, request).catch(() => stream.end());
      }, heartbeatMs).unref();
      const stop = numberWatcher.watch(id, notify);
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

/** The key of the client, checked again. @throws RequestError when it is no longer valid. */
async function checkClient(
  services: Services,
  request: FastifyRequest,
): Promise<{ readonly key: KeyRecord }> {
  const session = await findSession(services, request);
  if (session !== null) return session;
  const check = await services.keyRing.checkHash(keyOf(request).hash);
  if (check.state !== 'valid' || sessionCookie(request) !== null) throw new RequestError('badToken');
  return check;
}
