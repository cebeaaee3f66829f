import type { IncomingMessage } from 'node:http';
import { metaWebhookBytesMax } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { IngestResult } from '../../meta-ingest/ingest.ts';
import { NotAWebhook } from '../../meta-ingest/parse-webhook.ts';
import { NotSigned } from '../../meta-ingest/verify-signature.ts';
import type { Services } from '../../services.ts';
import type { App } from '../shared/app-type.ts';
import { invalid, RequestError } from '../shared/errors.ts';
import { parameterOf } from '../shared/request-url.ts';
import { errorResponses } from '../shared/schemas.ts';
import { BodyBudget, BodyCutOff, type BodyShare, BodyTooLarge, BudgetExceeded } from './body-budget.ts';

const tags = ['Gateway'];
const success = Type.Object({ success: Type.Literal(true) });

/** `/webhooks/meta`: Meta's webhooks about `cloud` numbers. Set as the callback URL of the app there. */
export function metaWebhooksRoutes(app: App, services: Services): void {
  const { metaIngest, log, metrics } = services;
  app.get(
    '/webhooks/meta',
    { schema: { tags, security: [], summary: 'Answer the handshake of Meta' } },
    async (request, reply) => {
      const mode = parameterOf(request.query, 'hub.mode');
      const challenge = parameterOf(request.query, 'hub.challenge');
      const verifyToken = parameterOf(request.query, 'hub.verify_token');
      if (mode !== 'subscribe' || challenge === null || verifyToken === null)
        throw invalid('The handshake has hub.mode=subscribe, hub.challenge and hub.verify_token.');
      if (challenge.length > challengeLengthMax) throw invalid('Param hub.challenge is too long.');
      if (!(await metaIngest.isVerifyToken(verifyToken)))
        throw new RequestError('permission', {
          details: 'hub.verify_token is that of no number: set it as upstream.verify_token.',
        });
      return reply
        .type('text/plain; charset=utf-8')
        .header('x-content-type-options', 'nosniff')
        .send(challenge);
    },
  );

  const budget = new BodyBudget({ allMax: allBytesMax, peerMax: peerBytesMax });
  let underWay = 0;
  app.register(async (scope) => {
    // The signature is over the bytes, so nothing may read them before.
    scope.removeAllContentTypeParsers();
    const shares = new WeakMap<IncomingMessage, BodyShare>();
    scope.addHook('onRequest', async ({ ip, raw }, reply) => {
      const share = budget.open(ip);
      shares.set(raw, share);
      reply.raw.once('close', share.release);
    });
    scope.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage) =>
      readBody(shares.get(request.raw), request, payload),
    );
    scope.post(
      '/webhooks/meta',
      {
        bodyLimit: metaWebhookBytesMax,
        schema: {
          tags,
          security: [],
          summary: 'Receive webhooks from Meta',
          consumes: ['application/json'],
          response: { 200: success, ...errorResponses },
        },
      },
      async (request) => {
        const { body, headers } = request as FastifyRequest;
        const signature = headers['x-hub-signature-256'];
        if (!Buffer.isBuffer(body)) throw invalid('The body is missing.');
        if (underWay >= bodiesMax) throw busy(`${bodiesMax} webhooks are being worked on already.`);
        underWay++;
        try {
          const taken = await metaIngest.ingest(body, String(signature ?? ''));
          metrics.messages.inc({ outcome: 'admitted' }, taken.admitted);
          metrics.messages.inc({ outcome: 'dropped' }, taken.dropped);
          metrics.messages.inc({ outcome: 'held' }, taken.held);
          metrics.metaWebhooks.inc({ outcome: 'accepted' });
          report(services, taken);
        } catch (error) {
          if (error instanceof NotAWebhook) {
            metrics.metaWebhooks.inc({ outcome: 'malformed' });
            throw invalid(error.message);
          }
          if (error instanceof NotSigned) {
            metrics.metaWebhooks.inc({ outcome: 'not_signed' });
            log.warn({ reason: error.message }, 'a webhook from Meta was refused');
            throw new RequestError('permission', { details: `${error.message}.` });
          }
          throw error;
        } finally {
          underWay--;
        }
        return { success: true as const };
      },
    );
  });
}

/** An item that is acknowledged without reaching anybody leaves a trace. */
function report({ log, metrics }: Services, { late, unknown }: IngestResult): void {
  if (unknown > 0) {
    metrics.metaWebhooks.inc({ outcome: 'unknown_number' }, unknown);
    log.warn({ items: unknown }, 'a webhook from Meta is about a number that is not registered here');
  }
  if (late > 0) {
    metrics.metaWebhooks.inc({ outcome: 'late' }, late);
    log.warn({ messages: late }, 'messages came from Meta a day or more after they were written');
  }
}

const challengeLengthMax = 500;

/** Whole bodies that are processed at the same time. Meta repeats what is refused. */
const bodiesMax = 64;

/** Bytes of bodies that may be in memory at a time: nobody knows yet who has sent them. */
const allBytesMax = 96 * 1024 * 1024;
const peerBytesMax = 24 * 1024 * 1024;

/** Reads the body of a request as bytes, which count until it is answered. */
async function readBody(
  share: BodyShare | undefined,
  { ip }: FastifyRequest,
  payload: IncomingMessage,
): Promise<Buffer> {
  if (share === undefined) throw new Error('a request came without a share of the budget');
  try {
    return await share.read(payload, metaWebhookBytesMax);
  } catch (error) {
    share.release();
    if (error instanceof BudgetExceeded) {
      const whose = error.of === 'all' ? 'webhooks' : `webhooks from ${ip}`;
      throw busy(`Too many bytes of ${whose} are on their way.`);
    }
    if (error instanceof BodyTooLarge)
      throw invalid(`The body is larger than ${metaWebhookBytesMax / 2 ** 20} MiB.`, 413);
    if (error instanceof BodyCutOff) throw invalid('The body was cut off.');
    throw error;
  }
}

function busy(details: string): RequestError {
  return new RequestError('rateLimit', { details, headers: { 'retry-after': '1' } });
}
