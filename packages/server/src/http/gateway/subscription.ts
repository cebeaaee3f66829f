import type { NumberRecord } from '@blockhouse/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Services } from '../../services.ts';
import { type AccessRule, numberOf } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import { answerAboutPlatform, platformProblemOf } from '../shared/error-handler.ts';
import { invalid } from '../shared/errors.ts';
import { requestPlatform } from '../shared/request-platform.ts';
import { errorResponses, requiresKey, success } from '../shared/schemas.ts';

const rule: AccessRule = { roles: ['admin'], number: true, limited: false };
const tags = ['Gateway'];
const params = Type.Object({ id: Type.String() });
const url = '/blockhouse/v1/numbers/:id/subscription';

const subscription = Type.Object({
  subscribed: Type.Boolean({ description: 'Whether Meta sends webhooks of the account to any app' }),
  apps: Type.Array(Type.Object({ id: Type.String(), name: Type.Union([Type.String(), Type.Null()]) }), {
    description: "The apps that get the account's webhooks",
  }),
});

/**
 * `/blockhouse/v1/numbers/{id}/subscription`: whether an app is subscribed to the webhooks of a number's business account, and
 * subscribing the token's own. Without it no message comes in: windows are not known, and standing blocks wait forever.
 */
export function subscriptionRoutes(app: App, services: Services): void {
  app.get(
    url,
    {
      config: { access: rule },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Retrieve the webhook subscription of a number at Meta',
        params,
        response: { 200: subscription, ...errorResponses },
      },
    },
    async (request, reply) => {
      const answer = await askSubscription(services, request, null);
      if (answer.status >= 400) return passOn(request, reply, answer);
      const { data } = (answer.body ?? {}) as { readonly data?: unknown };
      const apps = (Array.isArray(data) ? data : []).flatMap(appIn);
      return { subscribed: apps.length > 0, apps };
    },
  );

  app.post(
    url,
    {
      config: { access: rule },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Subscribe to the webhooks of a number at Meta',
        params,
        response: { 200: success, ...errorResponses },
      },
    },
    async (request, reply) => {
      const answer = await askSubscription(services, request, {});
      return answer.status >= 400 ? passOn(request, reply, answer) : { success: true as const };
    },
  );
}

function askSubscription(services: Services, request: FastifyRequest, body: object | null) {
  const number: NumberRecord = numberOf(request);
  if (number.upstream === null)
    throw invalid(`Number ${number.id} is local: nothing at Meta sends webhooks about it.`);
  const { version } = number.upstream;
  const path = `${version === null ? '' : `/${version}`}/${number.wabaId}/subscribed_apps`;
  return requestPlatform(services, request, { number, path, body });
}

/** A refusal by Meta is passed on in its own words. */
function passOn(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, body }: { readonly status: number; readonly body: unknown },
): FastifyReply {
  const { error } = (body ?? {}) as { readonly error?: object | null };
  const problem = platformProblemOf(error ?? {}, status);
  return answerAboutPlatform(reply, { status, problem, request }).send(body);
}

/** An app as Graph lists it (Meta, "Subscribed apps"). */
function appIn(row: unknown): readonly { id: string; name: string | null }[] {
  const { whatsapp_business_api_data: app } = (row ?? {}) as {
    readonly whatsapp_business_api_data?: { readonly id?: unknown; readonly name?: unknown };
  };
  if (app?.id === undefined) return [];
  return [{ id: String(app.id), name: typeof app.name === 'string' ? app.name : null }];
}
