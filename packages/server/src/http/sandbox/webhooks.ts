import { once } from 'node:events';
import {
  type NumberRecord,
  readSpan,
  readUser,
  type WaId,
  type Webhook,
  type WebhookState,
  webhookStates,
} from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { opens } from '../../auth/api-keys.ts';
import type { Sandbox, Services } from '../../services.ts';
import { signatureOf } from '../../webhooks/signature.ts';
import { allow, keyOf, openNumbers } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import { invalid, shown, unknownObject } from '../shared/errors.ts';
import { parameterOf } from '../shared/request-url.ts';
import { errorResponses, nullable, requiresKey, success, timestamp } from '../shared/schemas.ts';
import { isoTime } from '../shared/time.ts';
import { chooseNumber } from './choose-number.ts';

const access = allow('admin', 'agent', 'app');

const pageDefault = 100;
const pageMax = 1000;
const waitMaxMs = 30_000;
const states: readonly string[] = webhookStates;

const webhookShape = Type.Object({
  id: Type.String({ description: 'The cursor of this webhook, for `after`' }),
  number: Type.String(),
  user: Type.String({ description: 'wa_id' }),
  message_id: nullable(Type.String()),
  created_at: timestamp,
  state: Type.Enum([...webhookStates]),
  attempt_count: Type.Integer(),
  attempts: Type.Array(
    Type.Object({
      at: timestamp,
      status: nullable(Type.Integer()),
      problem: nullable(Type.String()),
      took_ms: Type.Integer(),
      signature: nullable(Type.String()),
    }),
    { description: 'The latest attempts' },
  ),
  headers: Type.Record(Type.String(), Type.String()),
  body: Type.String({ description: 'The exact body that is sent' }),
});

const querystring = Type.Object({
  number: Type.Optional(
    Type.String({
      description: 'A phone_number_id or display phone. Required if the key opens several numbers.',
    }),
  ),
  user: Type.Optional(Type.String({ description: 'A wa_id, phone or business-scoped user ID' })),
  state: Type.Optional(Type.String({ description: '`waiting`, `delivered` or `given_up`' })),
  after: Type.Optional(
    Type.String({ description: 'The `id` of the last webhook that you have. Returns later ones.' }),
  ),
  limit: Type.Optional(Type.String()),
  wait: Type.Optional(
    Type.String({ description: 'How long to wait for a webhook, such as 2s. At most 30s.' }),
  ),
});

const tags = ['Sandbox'];

/** `/sandbox/webhooks`: webhooks that are waiting, and webhooks of the last day. */
export function webhooksRoutes(app: App, services: Services, sandbox: Sandbox): void {
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  const options = { config: { access } };

  app.get(
    '/sandbox/webhooks',
    {
      ...options,
      schema: {
        ...requiresKey,
        tags,
        summary: 'List webhooks',
        querystring,
        response: { 200: Type.Object({ data: Type.Array(webhookShape) }), ...errorResponses },
      },
    },
    async (request) => {
      const number = await readNumber(services, request);
      const filter = await readFilter(services, number, request.query);
      const deadlineMs = performance.now() + readWait(parameterOf(request.query, 'wait'));
      while (true) {
        const changed = nextChange(sandbox, number.id, {
          waitMs: deadlineMs - performance.now(),
          closing: closing.signal,
        });
        const webhooks = await services.store.outbox.list(number.id, filter);
        if (webhooks.length > 0 || !(await changed))
          return { data: webhooks.map((webhook) => renderWebhook(services, webhook, number)) };
      }
    },
  );

  app.post(
    '/sandbox/webhooks/:webhook_id/redeliver',
    {
      ...options,
      schema: {
        ...requiresKey,
        tags,
        summary: 'Redeliver a webhook',
        params: Type.Object({ webhook_id: Type.String() }),
        response: { 200: success, ...errorResponses },
      },
    },
    async (request) => {
      const { webhook_id: id } = request.params;
      const [, numberId = '', entry = ''] = /^(\d{1,20})\.(\d{1,15})$/.exec(id) ?? [];
      const isThere =
        opens(keyOf(request), numberId) &&
        (await services.store.outbox.redeliver(numberId, Number(entry) || 0, services.clock()));
      if (!isThere) throw unknownObject(request.method, id);
      services.wakeDelivery(numberId);
      return { success: true as const };
    },
  );
}

async function readNumber(services: Services, request: FastifyRequest): Promise<NumberRecord> {
  return chooseNumber(await openNumbers(services, request), {
    text: parameterOf(request.query, 'number'),
    parameter: 'number',
  });
}

async function readFilter({ directory }: Services, number: NumberRecord, query: unknown) {
  return {
    waId: await readUserFilter(directory, number, parameterOf(query, 'user')),
    state: readState(parameterOf(query, 'state')),
    afterEntry: readAfter(number.id, parameterOf(query, 'after')),
    count: readLimit(parameterOf(query, 'limit')),
  };
}

async function readUserFilter(
  directory: Services['directory'],
  number: NumberRecord,
  text: string | null,
): Promise<WaId | null> {
  if (text === null) return null;
  const ref = readUser(text, await directory.lookup(number, { texts: [text] }));
  if (ref.kind !== 'user') throw invalid(`Param user must be a wa_id or a phone - got "${shown(text)}".`);
  return ref.waId;
}

function readState(text: string | null): WebhookState | null {
  if (text === null) return null;
  if (!states.includes(text))
    throw invalid(`Param state must be one of {${states.join(', ')}} - got "${shown(text)}".`);
  return text as WebhookState;
}

function readAfter(numberId: string, text: string | null): number {
  if (text === null) return 0;
  const [, ofNumber, entry] = /^(\d+)\.(\d{1,15})$/.exec(text) ?? [];
  if (ofNumber !== numberId)
    throw invalid(`Param after must be the id of a webhook of this number - got "${shown(text)}".`);
  return Number(entry);
}

function readLimit(text: string | null): number {
  if (text === null) return pageDefault;
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (limit < 1) throw invalid(`Param limit must be a whole number of at least 1 - got "${shown(text)}".`);
  return Math.min(limit, pageMax);
}

function readWait(text: string | null): number {
  if (text === null) return 0;
  const waitMs = readSpan(text);
  if (waitMs === null || waitMs > waitMaxMs)
    throw invalid(`Param wait must be a duration of at most 30s, such as 2s - got "${shown(text)}".`);
  return waitMs;
}

/** Resolves to true when a webhook of the number changes, and to false at the deadline. */
async function nextChange(
  { webhookEvents }: Sandbox,
  numberId: string,
  { waitMs, closing }: { waitMs: number; closing: AbortSignal },
): Promise<boolean> {
  if (waitMs <= 0) return false;
  const signal = AbortSignal.any([AbortSignal.timeout(Math.ceil(waitMs)), closing]);
  try {
    await once(webhookEvents, numberId, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

function renderWebhook(
  { vault }: Services,
  webhook: Webhook,
  number: NumberRecord,
): Static<typeof webhookShape> {
  const { numberId, entry, body, attempts } = webhook;
  // The signature of the last attempt, or that of the next one if there was none.
  const target = number.webhook === null ? null : vault.decryptWebhook(number, number.webhook);
  const sent = attempts.findLast((attempt) => attempt.signature !== null)?.signature;
  const signature = sent ?? (target === null ? null : signatureOf(body, target.appSecret));
  return {
    id: `${numberId}.${entry}`,
    number: numberId,
    user: String(webhook.waId),
    message_id: webhook.messageId,
    created_at: isoTime(webhook.createdAtMs),
    state: webhook.state,
    attempt_count: webhook.attemptCount,
    attempts: attempts.map(({ atMs, status, problem, tookMs, signature }) => ({
      at: isoTime(atMs),
      status,
      problem,
      took_ms: tookMs,
      signature,
    })),
    headers: {
      'content-type': 'application/json',
      ...(signature !== null && { 'x-hub-signature-256': signature }),
    },
    body,
  };
}
