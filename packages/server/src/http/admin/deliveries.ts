import { type Webhook, type WebhookState, webhookStates } from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import type { Services } from '../../services.ts';
import { sendTest } from '../../webhooks/send-test.ts';
import { allowAtNumber, numberOf } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import { invalid, shown, unknownObject } from '../shared/errors.ts';
import { parameterOf } from '../shared/request-url.ts';
import {
  errorResponses,
  nullable,
  numberParams,
  requiresKey,
  success,
  timestamp,
} from '../shared/schemas.ts';
import { isoTime } from '../shared/time.ts';
import { paging } from './blocks/list-schemas.ts';
import { decodeKeysetCursor, encodeKeysetCursor, readLimit } from './keyset-cursor.ts';

const reads = allowAtNumber('admin', 'agent');
const writes = allowAtNumber('admin');
const tags = ['Deliveries'];
const url = '/blockhouse/v1/numbers/:id/deliveries';

const attempt = Type.Object({
  at: timestamp,
  status: nullable(Type.Integer(), {
    description: 'The status of the receiver; null if there was no response',
  }),
  problem: nullable(Type.String(), { description: 'Why the attempt does not count as delivered' }),
});

const deliveryShape = Type.Object({
  id: Type.String(),
  wa_id: Type.String(),
  message_id: nullable(Type.String()),
  created_at: timestamp,
  state: Type.Enum([...webhookStates]),
  attempt_count: Type.Integer(),
  last_attempt: nullable(attempt),
});

const testResult = Type.Object({
  delivered: Type.Boolean({ description: 'Whether the receiver acknowledged the webhook with status 200' }),
  status: nullable(Type.Integer()),
  problem: nullable(Type.String()),
});

const listQuery = Type.Object({
  state: Type.Optional(Type.Unknown({ description: `One of ${webhookStates.join(', ')}` })),
  limit: Type.Optional(Type.Unknown({ description: 'Rows on a page: 25 by default, at most 1,000' })),
  after: Type.Optional(Type.Unknown({ description: 'The cursor of the page before' })),
});

/** `/blockhouse/v1/numbers/{id}/deliveries`: the webhooks of a number that wait, and those of the last day. */
export function deliveriesRoutes(app: App, services: Services): void {
  const { store, clock } = services;

  app.get(
    url,
    {
      config: { access: reads },
      schema: {
        ...requiresKey,
        tags,
        summary: 'List deliveries of webhooks, oldest first',
        description: 'A webhook is listed while it waits, and for a day after it was delivered or given up.',
        params: numberParams,
        querystring: listQuery,
        response: { 200: Type.Object({ data: Type.Array(deliveryShape), paging }), ...errorResponses },
      },
    },
    async (request) => {
      const { id } = numberOf(request);
      const [after] = decodeKeysetCursor(request.query, ['number']) ?? [];
      const count = readLimit(request.query);
      const state = readState(parameterOf(request.query, 'state'));
      const filter = { waId: null, state, afterEntry: Number(after ?? 0), count: count + 1 };
      const rows = await store.outbox.list(id, filter);
      const page = rows.slice(0, count);
      const last = page.at(-1);
      const hasMore = rows.length > count && last !== undefined;
      return {
        data: page.map(renderDelivery),
        paging: hasMore ? { after: encodeKeysetCursor([last.entry]) } : {},
      };
    },
  );

  app.post(
    `${url}/:delivery_id/redeliver`,
    {
      config: { access: writes },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Redeliver a webhook that is done with',
        params: Type.Object({ ...numberParams.properties, delivery_id: Type.String() }),
        response: { 200: success, ...errorResponses },
      },
    },
    async (request) => {
      const { id } = numberOf(request);
      const { delivery_id: delivery } = request.params;
      const entry = /^\d{1,15}$/.test(delivery) ? Number(delivery) : 0;
      if (!(await store.outbox.redeliver(id, entry, clock()))) throw unknownObject(request.method, delivery);
      services.wakeDelivery(id);
      return { success: true as const };
    },
  );

  app.post(
    `${url}/retry`,
    {
      config: { access: writes },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Send all waiting webhooks now',
        description:
          'Webhooks that wait for their next attempt are sent immediately, in order for each user.',
        params: numberParams,
        response: { 200: success, ...errorResponses },
      },
    },
    async (request) => {
      services.retryDeliveryNow(numberOf(request).id);
      return { success: true as const };
    },
  );

  app.post(
    `${url}/test`,
    {
      config: { access: writes },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Send a test webhook',
        description:
          "Sends the sample message of Meta's app dashboard to the receiver of the number, once, signed like every webhook.",
        params: numberParams,
        response: { 200: testResult, ...errorResponses },
      },
    },
    async (request) => {
      const number = numberOf(request);
      if (number.webhook === null)
        throw invalid(`Number ${number.id} has no webhook. Set its webhook first, then send a test.`);
      const target = services.vault.decryptWebhook(number, number.webhook);
      return await sendTest(services.receivers, { number, target });
    },
  );
}

function readState(text: string | null): WebhookState | null {
  if (text === null) return null;
  const state = webhookStates.find((one) => one === text);
  if (state === undefined)
    throw invalid(`Param state must be one of {${webhookStates.join(', ')}} - got "${shown(text)}".`);
  return state;
}

function renderDelivery(webhook: Webhook): Static<typeof deliveryShape> {
  const last = webhook.attempts.at(-1);
  return {
    id: String(webhook.entry),
    wa_id: String(webhook.waId),
    message_id: webhook.messageId,
    created_at: isoTime(webhook.createdAtMs),
    state: webhook.state,
    attempt_count: webhook.attemptCount,
    last_attempt:
      last === undefined ? null : { at: isoTime(last.atMs), status: last.status, problem: last.problem },
  };
}
