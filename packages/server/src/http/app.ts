import { bodyBytesMax, requestTimeoutMs } from '@blockhouse/engine';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyRequest, LogController } from 'fastify';
import type { Sandbox, Services } from '../services.ts';
import { newTraceId } from '../shared/ids.ts';
import { activityRoutes } from './admin/activity/activity.ts';
import { trafficRoutes } from './admin/activity/traffic.ts';
import { allowlistRoutes } from './admin/auto-block/allowlist.ts';
import { replayRoutes } from './admin/auto-block/replay.ts';
import { reviewsRoutes } from './admin/auto-block/reviews.ts';
import { rulesRoutes } from './admin/auto-block/rules.ts';
import { blocksRoutes } from './admin/blocks/blocks.ts';
import { standingBlocksRoutes } from './admin/blocks/standing-blocks.ts';
import { bulkRoutes } from './admin/bulk/bulk.ts';
import { deliveriesRoutes } from './admin/deliveries.ts';
import { diagnosisRoutes } from './admin/diagnosis.ts';
import { inboundRoutes } from './admin/inbound.ts';
import { keysRoutes } from './admin/keys.ts';
import { numbersRoutes } from './admin/numbers/numbers.ts';
import { mediaRoutes } from './gateway/media.ts';
import { metaWebhooksRoutes } from './gateway/meta-webhooks.ts';
import { passThrough } from './gateway/pass-through.ts';
import { subscriptionRoutes } from './gateway/subscription.ts';
import { blockUsersRoutes } from './graph/block-users.ts';
import { messagesRoutes } from './graph/messages.ts';
import { openApi } from './openapi.ts';
import { bitrix24Routes } from './panel/bitrix24-placement.ts';
import { eventsRoutes } from './panel/events.ts';
import { panelFiles } from './panel/files.ts';
import { sessionRoutes } from './panel/session.ts';
import { probesRoutes } from './probes.ts';
import { clockRoutes } from './sandbox/clock.ts';
import { faultsRoutes } from './sandbox/faults.ts';
import { stateRoutes } from './sandbox/state/state.ts';
import { userMessagesRoutes } from './sandbox/users/user-messages.ts';
import { usersRoutes } from './sandbox/users/users.ts';
import { webhooksRoutes } from './sandbox/webhooks.ts';
import { answerInBatches } from './shared/answer-in-batches.ts';
import type { App } from './shared/app-type.ts';
import { authenticate } from './shared/authenticate.ts';
import { acceptBodies } from './shared/body.ts';
import { allowOrigins } from './shared/cors.ts';
import {
  registerErrorHandler,
  rejectMalformedHttp,
  rejectUnsupportedHttp,
  sendError,
} from './shared/error-handler.ts';
import { RequestError, unknownObject, unknownPath } from './shared/errors.ts';
import { logRequests } from './shared/request-log.ts';
import { pathOf } from './shared/request-url.ts';
import { readRouteConfig } from './shared/route-config.ts';
import { splashifyRoutes } from './splashify/block-users.ts';

/** Builds the app: hooks for every request, then the routes. It does not listen yet. */
export async function createApp(services: Services): Promise<App> {
  const app = createFastify(services);
  readRouteConfig(app);
  syncClock(app, services.sandbox?.syncClock ?? null);
  logRequests(app, services);
  allowOrigins(app);
  authenticate(app, services);
  passThrough(app, services);
  acceptBodies(app);
  registerErrorHandler(app, services.log);
  refuseUnknown(app);
  hangUpWhenClosing(app);
  answerInBatches(app);
  rejectUnsupportedHttp(app);

  await openApi(app);
  blockUsersRoutes(app, services);
  messagesRoutes(app, services);
  splashifyRoutes(app, services);
  inboundRoutes(app, services);
  numbersRoutes(app, services);
  keysRoutes(app, services);
  rulesRoutes(app, services);
  replayRoutes(app, services);
  allowlistRoutes(app, services);
  reviewsRoutes(app, services);
  blocksRoutes(app, services);
  standingBlocksRoutes(app, services);
  bulkRoutes(app, services);
  deliveriesRoutes(app, services);
  diagnosisRoutes(app, services);
  activityRoutes(app, services);
  trafficRoutes(app, services);
  metaWebhooksRoutes(app, services);
  mediaRoutes(app, services);
  subscriptionRoutes(app, services);
  sessionRoutes(app, services);
  eventsRoutes(app, services);
  await bitrix24Routes(app, services);
  await panelFiles(app, services);
  probesRoutes(app, services);
  if (services.sandbox !== null) await sandboxRoutes(app, services, services.sandbox);
  return app;
}

/** `/sandbox/…`: the routes that only the sandbox has. */
async function sandboxRoutes(app: App, services: Services, sandbox: Sandbox): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRequest', async ({ access }) => {
      if (access?.isEmbedded)
        throw new RequestError('permission', { details: 'An embedded panel has no access to the sandbox.' });
    });
    usersRoutes(scope, services);
    userMessagesRoutes(scope, services, sandbox);
    clockRoutes(scope, services, sandbox);
    faultsRoutes(scope, services, sandbox);
    webhooksRoutes(scope, services, sandbox);
    stateRoutes(scope, services, sandbox);
  });
}

function createFastify({ config, log }: Services): App {
  return Fastify({
    loggerInstance: log,
    // A logger of its own for each request costs more than the lines that Fastify itself writes are worth.
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: newTraceId,
    bodyLimit: bodyBytesMax,
    trustProxy: config.trustedProxies.length > 0 && [...config.trustedProxies],
    http: { requireHostHeader: false },
    requestTimeout: requestTimeoutMs,
    connectionTimeout: 2 * requestTimeoutMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 256 },
    clientErrorHandler: rejectMalformedHttp,
    frameworkErrors: (_error, request, reply) => {
      sendError(request, reply, unknownPath(pathOf(request)));
    },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false } },
  })
    .setSerializerCompiler(() => JSON.stringify)
    .withTypeProvider<TypeBoxTypeProvider>();
}

/** If several processes share a store, another one may have moved the clock of the sandbox. */
function syncClock(app: App, sync: (() => Promise<void>) | null): void {
  if (sync !== null) app.addHook('onRequest', sync);
}

/** Answers a path that exists for other methods as an object that does not support this one, and any other path as unknown. */
function refuseUnknown(app: App): void {
  const paths: RegExp[] = [];
  app.addHook('onRoute', ({ url }) => {
    paths.push(new RegExp(`^${url.replace(/:[a-z_]+/g, '[^/]+').replace('*', '.*')}/?$`));
  });
  const refuse = (request: FastifyRequest): never => {
    const path = pathOf(request);
    const object = path.split('/').find((component) => /^\d+$/.test(component)) ?? path;
    throw paths.some((known) => known.test(path)) ? unknownObject(request.method, object) : unknownPath(path);
  };
  // The path is checked before the body.
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.is404) refuse(request);
    done();
  });
  app.setNotFoundHandler(refuse);
}

/** Closes kept-alive connections with their current answers, since they would hold up the close of the server. */
function hangUpWhenClosing(app: App): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
}
