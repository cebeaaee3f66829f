import { type NumberRecord, readPhone, type WaId } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { opens } from '../../../auth/api-keys.ts';
import type { Services } from '../../../services.ts';
import { newNumberId } from '../../../shared/ids.ts';
import { allow, allowAtNumber, keyOf, numberOf } from '../../shared/access.ts';
import type { App } from '../../shared/app-type.ts';
import { invalid, missing, shown, unknownObject } from '../../shared/errors.ts';
import { errorResponses, numberParams, requiresKey, success } from '../../shared/schemas.ts';
import { newNumber, numberChange, numberShape } from './number-schemas.ts';
import { renderNumber } from './render-number.ts';
import { applyUpstreamChange, checkUpstream } from './upstream-target.ts';
import { applyWebhookChange, checkWebhook } from './webhook-target.ts';

const reads = allow('admin', 'agent');
const readsOne = allowAtNumber('admin', 'agent');
const writes = allow('admin');
const writesOne = allowAtNumber('admin');

const tags = ['Numbers'];

/** `/blockhouse/v1/numbers` */
export function numbersRoutes(app: App, services: Services): void {
  app.get(
    '/blockhouse/v1/numbers',
    {
      config: { access: reads },
      schema: {
        ...requiresKey,
        tags,
        summary: 'List numbers',
        response: { 200: Type.Object({ data: Type.Array(numberShape) }), ...errorResponses },
      },
    },
    async (request) => {
      const key = keyOf(request);
      const numbers = (await services.store.numbers()).filter(({ id }) => opens(key, id));
      return { data: await Promise.all(numbers.map((number) => renderNumber(services, number))) };
    },
  );

  app.get(
    '/blockhouse/v1/numbers/:id',
    {
      config: { access: readsOne },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Retrieve a number',
        params: numberParams,
        response: { 200: numberShape, ...errorResponses },
      },
    },
    async (request) => renderNumber(services, numberOf(request)),
  );

  app.post(
    '/blockhouse/v1/numbers',
    {
      config: { access: writes },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Add a number',
        body: newNumber,
        response: { 201: numberShape, ...errorResponses },
      },
    },
    async (request, reply) => {
      const number = await addNumber(services, request.body);
      return reply.status(201).send(await renderNumber(services, number));
    },
  );

  app.patch(
    '/blockhouse/v1/numbers/:id',
    {
      config: { access: writesOne },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Update a number',
        params: numberParams,
        body: numberChange,
        response: { 200: numberShape, ...errorResponses },
      },
    },
    async (request) => {
      const number = await updateNumber(services, numberOf(request), request.body);
      return await renderNumber(services, number);
    },
  );

  app.delete(
    '/blockhouse/v1/numbers/:id',
    {
      config: { access: writesOne },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Delete a number',
        description: "Also deletes the number's blocklist, windows and activity.",
        params: numberParams,
        response: { 200: success, ...errorResponses },
      },
    },
    async (request: FastifyRequest) => {
      const { id } = numberOf(request);
      await services.store.changeNumbers(() => ({ remove: id }));
      services.metaClients.forget(id);
      services.platforms.cloud.forget(id);
      return { success: true as const };
    },
  );
}

async function addNumber(services: Services, body: Static<typeof newNumber>): Promise<NumberRecord> {
  const { store, clock, metaClients } = services;
  requirePlatform(body);
  const id = body.id ?? newNumberId();
  const draft = newRecord(body, { id, webhook: null, upstream: null, createdAtMs: clock() });
  requireFree(await store.numbers(), draft);
  // The receiver and the platform are asked outside the transaction. If they refuse, nothing is stored.
  const webhook = await checkWebhook(services, draft, body.webhook);
  const { upstream, isAnswered, verifiedName } = await checkUpstream(services, draft, body.upstream);
  const number = {
    ...draft,
    webhook,
    upstream,
    verifiedName: body.verified_name ?? verifiedName ?? draft.verifiedName,
    createdAtMs: clock(),
  };
  await store.changeNumbers((numbers) => {
    requireFree(numbers, number);
    return { put: number };
  });
  if (isAnswered) metaClients.channel(id).note({ kind: 'well' });
  return number;
}

async function updateNumber(
  services: Services,
  number: NumberRecord,
  body: Static<typeof numberChange>,
): Promise<NumberRecord> {
  const { store, metaClients, metaIngest } = services;
  const { id } = number;
  if (number.upstream === null && body.upstream !== undefined)
    throw invalid(
      `Param upstream: number ${id} is local, so its blocklist is stored here. Delete the number, then add it with platform cloud.`,
    );
  // The receiver and the platform are asked outside the transaction. If they refuse, nothing has changed.
  const webhook = await checkWebhook(services, number, body.webhook);
  const { isAnswered } = await checkUpstream(services, number, body.upstream);
  await store.changeNumbers((numbers) => {
    const before = numbers.find((one) => one.id === id);
    if (before === undefined) throw unknownObject('PATCH', id);
    const put = {
      ...changedRecord(before, body),
      webhook: applyWebhookChange(services, before, body.webhook, webhook),
      upstream: applyUpstreamChange(services, before, body.upstream),
    };
    requireFree(
      numbers.filter((one) => one !== before),
      put,
    );
    return { put };
  });
  const changed = await store.number(id);
  if (changed === null) throw unknownObject('PATCH', id);
  if (body.webhook !== undefined) services.retryDeliveryNow(id);
  if (body.upstream !== undefined) {
    metaClients.channel(id).renew();
    if (isAnswered) metaClients.channel(id).note({ kind: 'well' });
    metaIngest.wake(id);
  }
  return changed;
}

/** A `cloud` number needs the IDs that it has at Meta and an upstream. A `local` number takes no upstream. */
function requirePlatform({ id, waba_id: wabaId, platform, upstream }: Static<typeof newNumber>): void {
  if (platform === 'cloud') {
    if (id === undefined) throw missing('id');
    if (wabaId === undefined) throw missing('waba_id');
    if (upstream === undefined) throw missing('upstream');
  } else if (upstream !== undefined) throw invalid('Param upstream is only for numbers with platform cloud.');
}

/** The defaults of a number. */
const defaults = { verifiedName: 'Blockhouse', wabaId: '102290129340398', portfolioId: 'default' } as const;

function newRecord(
  body: Static<typeof newNumber>,
  rest: Pick<NumberRecord, 'id' | 'webhook' | 'upstream' | 'createdAtMs'>,
): NumberRecord {
  return {
    ...rest,
    waId: readDisplayPhone(body.display_phone_number),
    displayPhoneNumber: body.display_phone_number,
    verifiedName: body.verified_name ?? defaults.verifiedName,
    wabaId: body.waba_id ?? defaults.wabaId,
    portfolioId: body.portfolio_id ?? defaults.portfolioId,
  };
}

function changedRecord(before: NumberRecord, body: Static<typeof numberChange>): NumberRecord {
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

function readDisplayPhone(text: string): WaId {
  const waId = readPhone(text);
  if (waId === null)
    throw invalid(`Param display_phone_number must be a possible phone number - got "${shown(text)}".`);
  return waId;
}

/** An ID and a phone each belong to one number only. */
function requireFree(others: readonly NumberRecord[], { id, waId }: NumberRecord): void {
  for (const other of others) {
    if (other.id === id) throw invalid(`Param id: there is a number ${id} already.`);
    if (other.waId === waId)
      throw invalid(`Param display_phone_number: number ${other.id} has this phone already.`);
  }
}
