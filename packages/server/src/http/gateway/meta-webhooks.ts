import { intakeBytesMax } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { NotSigned } from '../../intake/intake.ts';
import { NotAWebhook } from '../../intake/pieces.ts';
import type { Services } from '../../services.ts';
import { parameterOf } from '../access.ts';
import type { App } from '../app.ts';
import { faults } from '../blockhouse/schemas.ts';
import { invalid, RequestFault } from '../errors.ts';

const tags = ['Gateway'];
const success = Type.Object({ success: Type.Literal(true) });

/** `/webhooks/meta`: what Meta tells of `cloud` numbers. Set as the callback URL of the app there. */
export function metaWebhooksRoutes(app: App, services: Services): void {
  const { intake, metrics } = services;
  app.get(
    '/webhooks/meta',
    { schema: { tags, security: [], summary: "Meta's handshake: the verify token of a cloud number" } },
    async (request, reply) => {
      const mode = parameterOf(request.query, 'hub.mode');
      const challenge = parameterOf(request.query, 'hub.challenge');
      const verifyToken = parameterOf(request.query, 'hub.verify_token');
      if (mode !== 'subscribe' || challenge === null || verifyToken === null)
        throw invalid('The handshake has hub.mode=subscribe, hub.challenge and hub.verify_token.');
      if (challenge.length > challengeLengthMax) throw invalid('Param hub.challenge is too long.');
      if (!(await intake.knows(verifyToken)))
        throw new RequestFault('permission', {
          details: 'hub.verify_token is that of no number: set it as upstream.verify_token.',
        });
      return reply
        .type('text/plain; charset=utf-8')
        .header('x-content-type-options', 'nosniff')
        .send(challenge);
    },
  );

  app.register(async (scope) => {
    // The signature is over the bytes, so nothing may read them before.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    let underWay = 0;
    scope.addHook('onRequest', async (request) => {
      if (underWay >= bodiesMax)
        throw new RequestFault('rateLimit', { details: `${bodiesMax} webhooks are being read already.` });
      underWay++;
      request.raw.once('close', () => {
        underWay--;
      });
    });
    scope.post(
      '/webhooks/meta',
      {
        bodyLimit: intakeBytesMax,
        schema: {
          tags,
          security: [],
          summary: 'What Meta tells, signed by the app; 200 once it is kept',
          consumes: ['application/json'],
          response: { 200: success, ...faults },
        },
      },
      async (request) => {
        const { body, headers } = request as FastifyRequest;
        const signature = headers['x-hub-signature-256'];
        if (!Buffer.isBuffer(body)) throw invalid('The body is missing.');
        try {
          const taken = await intake.take(body, String(signature ?? ''));
          metrics.messages.inc({ outcome: 'admitted' }, taken.admitted);
          metrics.messages.inc({ outcome: 'dropped' }, taken.dropped);
        } catch (error) {
          if (error instanceof NotAWebhook) throw invalid(error.message);
          if (error instanceof NotSigned)
            throw new RequestFault('permission', { details: `${error.message}.` });
          throw error;
        }
        return { success: true as const };
      },
    );
  });
}

const challengeLengthMax = 500;

/** Bodies that are read at once: nobody knows yet who has sent them. Meta sends what is refused again. */
const bodiesMax = 64;
