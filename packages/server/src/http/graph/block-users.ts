import {
  type BlockAnswer,
  type ChangedUser,
  type FailedUser,
  type ListAnswer,
  someNotUnblocked,
  type UnblockAnswer,
} from '@blockhouse/client/wire';
import type { BlockRow, NumberRecord, Outcome, Page, PageRequest, UserIds, WaId } from '@blockhouse/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { refusalOf } from '../../blocklists/refusal-text.ts';
import type { Config } from '../../config.ts';
import type { Services } from '../../services.ts';
import { listing, numberOf } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import { changeUsers, refuseWhole } from '../shared/change-blocklist.ts';
import { errorAnswer, RequestFault } from '../shared/errors.ts';
import { injectFaults } from '../shared/inject-faults.ts';
import { ownOrigin } from '../shared/own-origin.ts';
import { readOpaquePage, readPageRequest } from '../shared/page-request.ts';
import { byMethod, pageParametersOf } from '../shared/parameters.ts';
import { sendPlatformAnswer } from '../shared/platform-answer.ts';
import { pathOf } from '../shared/request-url.ts';
import { withoutValidation } from '../shared/schemas.ts';
import { type NamedTarget, readTargets } from './read-targets.ts';
import { blockUsersSchema, graphPaths, listSchema, unblockUsersSchema } from './schemas.ts';

/** `POST DELETE GET /[vN.N/]{phone_number_id}/block_users` */
export function blockUsersRoutes(app: App, services: Services): void {
  const handler = byMethod({
    POST: changeHandler(services, 'block'),
    DELETE: changeHandler(services, 'unblock'),
    GET: listHandler(services),
  });
  const config = { access: listing, graph: true };
  for (const { url, params } of graphPaths('block_users')) {
    app.post(url, { config, schema: { ...blockUsersSchema, params }, ...withoutValidation }, handler);
    app.delete(url, { config, schema: { ...unblockUsersSchema, params }, ...withoutValidation }, handler);
    app.get(url, { config, schema: { ...listSchema, params }, ...withoutValidation }, handler);
  }
}

function changeHandler(services: Services, operation: 'block' | 'unblock') {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { targets, outcomes, answer } = await changeUsers(services, operation, request, readTargets);
    // What Meta has answered of all of them reaches the client as it is.
    if (answer !== null)
      return sendPlatformAnswer(services, answer, { request, reply, number: numberOf(request) });
    refuseWhole(outcomes);
    const composed = changeAnswer(operation, targets, outcomes, request.id);
    if (composed.error !== undefined) reply.status(services.config.partialFailureStatus);
    return reply.send(composed);
  };
}

function listHandler(services: Services) {
  const { config, platforms, sandbox, userIds } = services;
  const rendered = new RenderedRows();
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const number = numberOf(request);
    if (number.upstream !== null) return await liveList(services, number, { request, reply });
    const pageRequest = readPageRequest(pageParametersOf(request));
    if (sandbox !== null)
      await injectFaults(sandbox, { operation: 'list', numberId: number.id, users: [] }, request);
    const page = await platforms.local.list(number.id, pageRequest);
    if (page === 'conflict') throw new RequestFault('listChanged');
    const data = rendered.dataOf(page.rows, userIds.of(number.portfolioId));
    const paging = page.paging === null ? null : pagingOf(config, page.paging, pageRequest, request);
    const rest = paging === null ? '' : `,"paging":${JSON.stringify(paging)}`;
    return reply.type('application/json; charset=utf-8').send(`{"data":${data}${rest}}`);
  };
}

/** The list of a `cloud` number, as its platform gives it; only its links lead back here. */
async function liveList(
  services: Services,
  number: NumberRecord,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  const asked = readOpaquePage(pageParametersOf(request));
  const { version = null } = request.params as { readonly version?: string };
  const { platforms, sandbox } = services;
  if (sandbox !== null)
    await injectFaults(sandbox, { operation: 'list', numberId: number.id, users: [] }, request);
  const { answer } = await platforms.cloud.list(number.id, asked, version);
  return sendPlatformAnswer(services, answer, { request, reply, number });
}

/** The JSON of rows, kept as long as the store hands out the same rows and the portfolio its IDs. */
class RenderedRows {
  readonly #texts = new WeakMap<UserIds, WeakMap<readonly BlockRow[], string>>();

  dataOf(rows: readonly BlockRow[], ids: UserIds): string {
    let texts = this.#texts.get(ids);
    if (texts === undefined) {
      texts = new WeakMap();
      this.#texts.set(ids, texts);
    }
    let text = texts.get(rows);
    if (text === undefined) {
      const userIds = ids.issue(rows.map(({ waId }) => waId));
      const data: ListAnswer['data'] = rows.map((row, index) => listRow(row, userIds[index] ?? ''));
      text = JSON.stringify(data);
      texts.set(rows, text);
    }
    return text;
  }
}

function listRow({ waId, phoneHidden }: BlockRow, userId: string): ListAnswer['data'][number] {
  return {
    messaging_product: 'whatsapp',
    ...(!phoneHidden && { wa_id: String(waId) }),
    user_id: userId,
  };
}

/** Absolute addresses of the neighbours, where there are any. They never carry the token. */
function pagingOf(
  config: Config,
  { before, after, hasPrevious, hasNext }: NonNullable<Page['paging']>,
  { limit }: Pick<PageRequest, 'limit'>,
  request: FastifyRequest,
): NonNullable<ListAnswer['paging']> {
  const url = `${ownOrigin(config, request)}${pathOf(request)}?limit=${limit}`;
  return {
    cursors: { before, after },
    ...(hasNext && { next: `${url}&after=${after}` }),
    ...(hasPrevious && { previous: `${url}&before=${before}` }),
  };
}

function changeAnswer(
  operation: 'block' | 'unblock',
  targets: readonly NamedTarget[],
  outcomes: readonly Outcome[],
  traceId: string,
): BlockAnswer | UnblockAnswer {
  const changed: ChangedUser[] = [];
  const failed: FailedUser[] = [];
  targets.forEach((target, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined) throw new Error('fewer outcomes than targets');
    if (outcome.done) changed.push(namedUser(target, outcome.waId));
    else failed.push(failedUser(target, outcome));
  });
  const product = 'whatsapp' as const;
  if (operation === 'block') {
    if (failed.length === 0) return { messaging_product: product, block_users: { added_users: changed } };
    const lists = { added_users: changed, failed_users: failed };
    return { messaging_product: product, block_users: lists, ...errorAnswer('someRefused', traceId) };
  }
  if (failed.length === 0) return { messaging_product: product, block_users: { removed_users: changed } };
  const lists = { removed_users: changed, failed_users: failed };
  const error = errorAnswer('someRefused', traceId, { details: someNotUnblocked });
  return { messaging_product: product, block_users: lists, ...error };
}

/** `wa_id` for who was named by phone, `user_id` for who was named by it. */
function namedUser({ input, ref }: NamedTarget, waId?: WaId): ChangedUser {
  if (waId !== undefined) return { input, wa_id: String(waId) };
  if (ref.kind === 'nobody') return { input };
  return ref.by === 'phone' ? { input, wa_id: String(ref.waId) } : { input, user_id: input };
}

function failedUser(target: NamedTarget, outcome: Outcome & { done: false }): FailedUser {
  const { message, code, details } = refusalOf(outcome);
  const user = outcome.reason === 'not_a_user' ? { input: target.input } : namedUser(target, outcome.waId);
  return { ...user, errors: [{ message, code, error_data: { details } }] };
}
