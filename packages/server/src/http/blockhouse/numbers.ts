import { type NumberRecord, readPhone, type WaId, type WebhookTarget } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { opens } from '../../keys.ts';
import { newNumberId } from '../../random-text.ts';
import type { Services } from '../../services.ts';
import { handshakeProblem } from '../../webhooks/handshake.ts';
import { type AccessRule, keyOf, numberOf } from '../access.ts';
import type { App } from '../app.ts';
import { invalid, missing, shown, unknownObject } from '../errors.ts';
import { readReceiverUrl } from '../receiver-url.ts';
import { faults, name, ours, strict, success } from './schemas.ts';

const reads: AccessRule = { roles: ['admin', 'agent'], number: false, limited: false };
const readsOne: AccessRule = { ...reads, number: true };
const writes: AccessRule = { roles: ['admin'], number: false, limited: false };
const writesOne: AccessRule = { ...writes, number: true };

const digits = Type.String({ pattern: '^[0-9]{1,20}$', description: 'Digits only' });
const displayPhoneNumber = Type.String({
  description: 'As people write it, such as +1 555 078 3881',
  maxLength: 64,
});

const secret = Type.String({ minLength: 1, maxLength: 500 });

const webhookChanges = Type.Union(
  [
    Type.Object(
      {
        url: Type.Optional(Type.String({ minLength: 1, maxLength: 2000 })),
        app_secret: Type.Optional(secret),
        verify_token: Type.Optional(secret),
      },
      strict,
    ),
    Type.Null(),
  ],
  {
    description:
      'Where webhooks go; what is not named stays. The receiver must pass the handshake. null: nowhere',
  },
);

const newNumber = Type.Object(
  {
    id: Type.Optional(digits),
    display_phone_number: displayPhoneNumber,
    verified_name: Type.Optional(name),
    waba_id: Type.Optional(digits),
    portfolio_id: Type.Optional(name),
    platform: Type.Optional(Type.Enum(['local'])),
    webhook: Type.Optional(webhookChanges),
  },
  strict,
);

const changes = Type.Object(
  {
    display_phone_number: Type.Optional(displayPhoneNumber),
    verified_name: Type.Optional(name),
    waba_id: Type.Optional(digits),
    portfolio_id: Type.Optional(name),
    webhook: Type.Optional(webhookChanges),
  },
  strict,
);

const numberShape = Type.Object({
  id: Type.String({ description: 'phone_number_id' }),
  display_phone_number: Type.String(),
  verified_name: Type.String(),
  waba_id: Type.String(),
  portfolio_id: Type.String({ description: 'Whose business-scoped user IDs the number sees' }),
  platform: Type.Literal('local'),
  webhook: Type.Union([
    Type.Object({
      url: Type.String(),
      app_secret_set: Type.Literal(true),
      verify_token_set: Type.Literal(true),
    }),
    Type.Null(),
  ]),
  created_at: Type.String({ format: 'date-time' }),
});

const params = Type.Object({ id: Type.String() });
const tags = ['Numbers'];

/** What a number has when nobody says otherwise. */
const unnamed = { verifiedName: 'Blockhouse', wabaId: '102290129340398', portfolioId: 'default' } as const;

/** `/blockhouse/v1/numbers` */
export function numbersRoutes(app: App, services: Services): void {
  const { store, clock } = services;
  app.get(
    '/blockhouse/v1/numbers',
    {
      config: { access: reads },
      schema: {
        ...ours,
        tags,
        summary: 'List numbers',
        response: { 200: Type.Object({ data: Type.Array(numberShape) }), ...faults },
      },
    },
    async (request) => {
      const key = keyOf(request);
      return { data: (await store.numbers()).filter(({ id }) => opens(key, id)).map(shapeOf) };
    },
  );

  app.get(
    '/blockhouse/v1/numbers/:id',
    {
      config: { access: readsOne },
      schema: { ...ours, tags, summary: 'Show a number', params, response: { 200: numberShape, ...faults } },
    },
    async (request) => shapeOf(numberOf(request)),
  );

  app.post(
    '/blockhouse/v1/numbers',
    {
      config: { access: writes },
      schema: {
        ...ours,
        tags,
        summary: 'Add a number',
        body: newNumber,
        response: { 201: numberShape, ...faults },
      },
    },
    async (request, reply) => {
      const webhook = await readWebhook(services, null, request.body.webhook);
      const record = newRecord(request.body, { webhook, createdAtMs: clock() });
      await store.changeNumbers((numbers) => {
        requireFree(numbers, record);
        return { put: record };
      });
      return reply.status(201).send(shapeOf(record));
    },
  );

  app.patch(
    '/blockhouse/v1/numbers/:id',
    {
      config: { access: writesOne },
      schema: {
        ...ours,
        tags,
        summary: 'Change a number',
        params,
        body: changes,
        response: { 200: numberShape, ...faults },
      },
    },
    async (request) => {
      const { id, webhook: webhookBefore } = numberOf(request);
      // The handshake is made first, outside the transaction: if it fails, nothing has changed.
      const webhook = await readWebhook(services, webhookBefore, request.body.webhook);
      await store.changeNumbers((numbers) => {
        const before = numbers.find((number) => number.id === id);
        if (before === undefined) throw unknownObject(request.method, id);
        const put = {
          ...changedRecord(before, request.body),
          webhook: request.body.webhook === undefined ? before.webhook : webhook,
        };
        requireFree(
          numbers.filter((number) => number !== before),
          put,
        );
        return { put };
      });
      const changed = await store.number(id);
      if (changed === null) throw unknownObject(request.method, id);
      services.wakeDelivery(id);
      return shapeOf(changed);
    },
  );

  app.delete(
    '/blockhouse/v1/numbers/:id',
    {
      config: { access: writesOne },
      schema: {
        ...ours,
        tags,
        summary: 'Remove a number with its blocklist, windows and activity',
        params,
        response: { 200: success, ...faults },
      },
    },
    async (request: FastifyRequest) => {
      const { id } = numberOf(request);
      await store.changeNumbers(() => ({ remove: id }));
      return { success: true as const };
    },
  );
}

function newRecord(
  body: Static<typeof newNumber>,
  { webhook, createdAtMs }: Pick<NumberRecord, 'webhook' | 'createdAtMs'>,
): NumberRecord {
  return {
    id: body.id ?? newNumberId(),
    waId: readDisplayPhone(body.display_phone_number),
    displayPhoneNumber: body.display_phone_number,
    verifiedName: body.verified_name ?? unnamed.verifiedName,
    wabaId: body.waba_id ?? unnamed.wabaId,
    portfolioId: body.portfolio_id ?? unnamed.portfolioId,
    createdAtMs,
    webhook,
  };
}

function changedRecord(before: NumberRecord, body: Static<typeof changes>): NumberRecord {
  const displayPhoneNumber = body.display_phone_number ?? before.displayPhoneNumber;
  return {
    ...before,
    waId: readDisplayPhone(displayPhoneNumber),
    displayPhoneNumber,
    verifiedName: body.verified_name ?? before.verifiedName,
    wabaId: body.waba_id ?? before.wabaId,
    portfolioId: body.portfolio_id ?? before.portfolioId,
  };
}

/** Joins what is there with what is named, and makes sure of the receiver when anything is. */
async function readWebhook(
  { receivers }: Services,
  before: WebhookTarget | null,
  body: Static<typeof webhookChanges> | undefined,
): Promise<WebhookTarget | null> {
  if (body === undefined) return before;
  if (body === null) return null;
  const url = body.url ?? before?.url;
  const appSecret = body.app_secret ?? before?.appSecret;
  const verifyToken = body.verify_token ?? before?.verifyToken;
  if (url === undefined) throw missing('webhook.url');
  if (appSecret === undefined) throw missing('webhook.app_secret');
  if (verifyToken === undefined) throw missing('webhook.verify_token');
  const target = { url: readReceiverUrl('webhook.url', url), appSecret, verifyToken };
  const problem = await handshakeProblem(receivers, target);
  if (problem !== null) throw invalid(`Param webhook.url: ${problem}.`);
  return target;
}

function readDisplayPhone(text: string): WaId {
  const waId = readPhone(text);
  if (waId === null)
    throw invalid(`Param display_phone_number must be a possible phone number - got "${shown(text)}".`);
  return waId;
}

/** Neither an ID nor a phone may stand for two numbers. */
function requireFree(others: readonly NumberRecord[], { id, waId }: NumberRecord): void {
  for (const other of others) {
    if (other.id === id) throw invalid(`Param id: there is a number ${id} already.`);
    if (other.waId === waId)
      throw invalid(`Param display_phone_number: number ${other.id} has this phone already.`);
  }
}

function shapeOf(record: NumberRecord): Static<typeof numberShape> {
  return {
    id: record.id,
    display_phone_number: record.displayPhoneNumber,
    verified_name: record.verifiedName,
    waba_id: record.wabaId,
    portfolio_id: record.portfolioId,
    platform: 'local',
    webhook:
      record.webhook === null
        ? null
        : { url: record.webhook.url, app_secret_set: true, verify_token_set: true },
    created_at: new Date(record.createdAtMs).toISOString(),
  };
}
