import { requestErrors } from '@blockhouse/client/wire';
import {
  type BlockRow,
  type NumberRecord,
  type Outcome,
  pageLimit,
  providerBatchMax,
  providerPageDefault,
  readUser,
  type Target,
  type WaId,
} from '@blockhouse/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { refusalOf } from '../../blocklists/refusal-text.ts';
import type { Services } from '../../services.ts';
import { listing, numberOf, sending } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import { changeUsers, refuseWhole } from '../shared/change-blocklist.ts';
import { invalid, missing, RequestFault } from '../shared/errors.ts';
import { injectFaults } from '../shared/inject-faults.ts';
import { readOpaquePage, readPageRequest } from '../shared/page-request.ts';
import { byMethod, pageParametersOf, parametersOf } from '../shared/parameters.ts';
import { rememberRecipient } from '../shared/remember-recipient.ts';
import { requestPlatform } from '../shared/request-platform.ts';
import { parameterOf } from '../shared/request-url.ts';
import { withoutValidation } from '../shared/schemas.ts';
import { sendHandler } from '../shared/send-message.ts';

const params = Type.Object({ version: Type.String(), id: Type.String({ description: 'phone_number_id' }) });
const tags = ["Provider's dialect"];
const security = [{ bearer: [] }, { apiKey: [] }];

/**
 * The dialect of a provider (Splashify Pro, "Block / Unblock Users"): `/api/vN.N/{phone_number_id}/block_users` and
 * `/messages`. What fails stands in `errors`, which is always there; rows of the list have a reason instead of a product.
 */
export function splashifyRoutes(app: App, services: Services): void {
  const url = '/api/:version/:id/block_users';
  const options = { config: { access: listing, graph: true }, ...withoutValidation };
  const schema = (summary: string) => ({ tags, security, params, summary });
  const handler = byMethod({
    POST: changeHandler(services, 'block'),
    DELETE: changeHandler(services, 'unblock'),
    GET: listHandler(services),
  });
  app.post(url, { ...options, schema: schema('Block at most 500 users') }, handler);
  app.delete(url, { ...options, schema: schema('Unblock at most 500 users') }, handler);
  app.get(url, { ...options, schema: schema('List blocked users with the reason') }, handler);

  const messages = { url: '/api/:version/:id/messages', config: { access: sending, graph: true } };
  const send = byMethod({ POST: messageHandler(services) });
  app.route({
    ...messages,
    ...withoutValidation,
    method: 'POST',
    schema: schema('Send a message'),
    handler: send,
  });
  for (const method of ['GET', 'DELETE'] as const)
    app.route({ ...messages, ...withoutValidation, method, schema: { hide: true }, handler: send });
}

function changeHandler(services: Services, operation: 'block' | 'unblock') {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { targets, outcomes } = await changeUsers(services, operation, request, readTargets);
    refuseWhole(outcomes);
    const changed = targets.flatMap((target, index) => {
      const outcome = outcomes[index];
      return outcome?.done ? [namedUser(target, outcome.waId)] : [];
    });
    const errors = targets.flatMap((target, index) => errorOf(target, outcomes[index]));
    const list =
      operation === 'block' ? { added_users: changed, errors } : { removed_users: changed, errors };
    return reply.send({ messaging_product: 'whatsapp', block_users: list });
  };
}

/** A phone in E.164; the digits alone are what the list's own rows have. */
const e164 = /^\+?[1-9]\d{6,14}$/;

type Named = Target & { readonly named: 'user' };

async function readTargets(
  { directory }: Services,
  number: NumberRecord,
  value: unknown,
): Promise<readonly Named[]> {
  if (value === undefined) throw missing('block_users');
  if (!Array.isArray(value)) throw invalid('Param block_users must be an array.');
  if (value.length > providerBatchMax)
    throw invalid(`Cannot block more than ${providerBatchMax} users in one request`);
  const ids = await directory.at(number, { texts: value.flatMap(inputOf) });
  return value.map((element: unknown): Named => {
    const [input] = inputOf(element);
    if (typeof input !== 'string' || !e164.test(input)) throw invalid('Invalid phone number');
    const ref = readUser(input, ids);
    return {
      input,
      ref: ref.kind === 'parent' ? { kind: 'nobody', reason: 'invalid_format' } : ref,
      named: 'user',
    };
  });
}

function inputOf(element: unknown): readonly string[] {
  const user = typeof element === 'object' && element !== null ? (element as { user?: unknown }).user : null;
  return typeof user === 'string' ? [user] : [];
}

function namedUser({ input, ref }: Target, waId?: WaId): { input: string; wa_id?: string } {
  if (waId !== undefined) return { input, wa_id: String(waId) };
  return ref.kind === 'user' ? { input, wa_id: String(ref.waId) } : { input };
}

/** Meta's code and words for one user, without a list around them. */
function errorOf(target: Target, outcome: Outcome | undefined): readonly object[] {
  if (outcome === undefined) throw new Error('fewer outcomes than targets');
  if (outcome.done) return [];
  const { code, message, details } = refusalOf(outcome);
  return [{ ...namedUser(target, outcome.waId), code, message, error_data: { details } }];
}

function listHandler(services: Services) {
  const { platforms, userIds } = services;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const number = numberOf(request);
    if (number.upstream !== null) return reply.send(await liveList(services, number, request));
    const given = pageParametersOf(request);
    const asked = readPageRequest(given);
    const limit = parameterOf(given, 'limit') === null ? providerPageDefault : asked.limit;
    if (services.sandbox !== null)
      await injectFaults(services.sandbox, { operation: 'list', numberId: number.id, users: [] }, request);
    const page = await platforms.local.list(number.id, { ...asked, limit });
    if (page === 'conflict') throw new RequestFault('listChanged');
    const reasons = await reasonsOf(services, number, page.rows);
    const ids = userIds.of(number.portfolioId).issue(page.rows.map(({ waId }) => waId));
    const data = page.rows.map(({ waId, phoneHidden }, index) => ({
      user: phoneHidden ? (ids[index] ?? '') : String(waId),
      block_reason: reasons.get(waId) ?? 'manual',
    }));
    const { before, after } = page.paging ?? {};
    return reply.send({ data, ...(page.paging !== null && { paging: { cursors: { before, after } } }) });
  };
}

async function liveList(services: Services, number: NumberRecord, request: FastifyRequest): Promise<object> {
  const { platforms } = services;
  const given = pageParametersOf(request);
  const asked = readOpaquePage(given);
  const limit = asked.limit === undefined ? providerPageDefault : pageLimit(asked.limit);
  if (services.sandbox !== null)
    await injectFaults(services.sandbox, { operation: 'list', numberId: number.id, users: [] }, request);
  const { users, cursors } = (await platforms.cloud.list(number.id, { ...asked, limit })).page;
  const data = (await platforms.cloud.withNotes(number, users)).map(({ shownWaId, userId, note }) => ({
    user: shownWaId ?? userId ?? '',
    block_reason: note?.cause.note || 'manual',
  }));
  return { data, ...(cursors !== null && { paging: { cursors } }) };
}

/** Sends at Meta are refused in Meta's words, which this dialect has its own for. */
function messageHandler(services: Services) {
  const send = sendHandler(services, 'blockedAtProvider');
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const number = numberOf(request);
    if (number.upstream === null) return await send(request, reply);
    const { version } = request.params as { version: string };
    const path = `/${version}/${number.id}/messages`;
    const { status, body } = await requestPlatform(services, request, {
      number,
      path,
      body: parametersOf(request),
    });
    if (status === 200) rememberRecipient(services, number, body);
    const code = (body as { error?: { code?: unknown } } | null)?.error?.code;
    if (code === requestErrors.blocked.code) throw new RequestFault('blockedAtProvider');
    return reply.status(status).send(body);
  };
}

/** Why users were blocked, where somebody said so; everybody else was blocked by hand, as far as the dialect knows. */
async function reasonsOf(
  { store }: Services,
  number: NumberRecord,
  rows: readonly BlockRow[],
): Promise<ReadonlyMap<WaId, string>> {
  const [first] = rows;
  if (first === undefined) return new Map();
  // The rows from the first one on, in the order of the list.
  const after = { value: first.position - 1, waId: Number.MAX_SAFE_INTEGER };
  const query = { sort: 'blocked_at', search: null, waId: null, after, count: rows.length } as const;
  const details = await store.blocks(number.id, query);
  return new Map(
    details.flatMap(({ waId, cause }) => (cause.note === null ? [] : [[waId, cause.note] as const])),
  );
}
