import { pipeline } from 'node:stream';
import type { KeyRecord, NumberRecord } from '@blockhouse/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { opens } from '../../auth/api-keys.ts';
import type { Services } from '../../services.ts';
import { withoutParameters, withParameter } from '../../shared/query-text.ts';
import { keyOf } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import { authenticatePassThrough } from '../shared/authenticate.ts';
import { tokenOf } from '../shared/credentials.ts';
import { invalid, unknownPath } from '../shared/errors.ts';
import { linksFor } from '../shared/platform-answer.ts';
import { forwardedHeaders } from '../shared/platform-headers.ts';
import { rememberRecipientFrom } from '../shared/remember-recipient.ts';
import { pathOf } from '../shared/request-url.ts';
import { fileLinkFor } from './media.ts';
import { partRefusal, queryOf, requireKnownParts, requireOwnObjects, requirePlain } from './own-objects.ts';
import { guardParts } from './parts-guard.ts';
import {
  hasBody,
  hasParameters,
  hasParts,
  isShort,
  keyIn,
  type PassedBody,
  readPassedBody,
} from './passed-body.ts';
import { finderFor, ownerOf } from './passed-owner.ts';
import { notPassedThrough, type PassedPath, readPassedPath } from './passed-path.ts';
import { streamThrough } from './stream-through.ts';

/**
 * Passes on to Meta what is Meta's: sends of numbers that live there, and every other path of Graph about them, their business
 * account and their media. The key is exchanged for the number's token, and files stream both ways as they come.
 */
export function passThrough(app: App, services: Services): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { graph, passes } = request.route;
    if (request.is404 || graph) refuseOverride(request);
    if (!request.is404 && (!passes || request.access?.number?.upstream === null)) return done();
    passOn(services, request, reply).then((isPassed) => {
      if (!isPassed) done();
    }, done);
  });
}

/** @returns false if the request is not one to pass on. */
async function passOn(services: Services, request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  const passing = request.is404
    ? await findUnrouted(services, request, reply)
    : await findRouted(services, request, reply);
  if (passing === null) return false;
  await pass(services, passing, request, reply);
  return true;
}

/** Headers in which frameworks name another method; Graph documents the parameter alone. */
const overrides: readonly string[] = ['x-http-method-override', 'x-http-method', 'x-method-override'];

/** A request for another method than the one that is seen must not be carried out as if it were for this one. */
function refuseOverride({ headers }: FastifyRequest): void {
  const found = overrides.find((name) => headers[name] !== undefined);
  if (found !== undefined)
    throw invalid(`The header ${found} is not supported; name the method as the parameter method.`);
}

/** A request that is to be passed on. */
interface Passing {
  readonly number: NumberRecord;
  /** The body, where it had to be read; null: it streams. */
  readonly body: PassedBody | null;
}

/** A route of ours whose requests are passed on for numbers at Meta. */
async function findRouted(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Passing | null> {
  if (!request.route.passes) return null;
  if (request.access !== null) {
    const { number } = request.access;
    return number === null || number.upstream === null ? null : { number, body: await bodyFor(request) };
  }
  // The key is in the body.
  const number = await services.store.number((request.params as { id: string }).id);
  if (number === null || number.upstream === null || !hasParameters(request)) return null;
  const admit = (key: KeyRecord) => (opens(key, number.id) ? number : null);
  return await findWithKeyInBody(services, { request, reply }, admit);
}

/** A path that no route is for: whose is it? */
async function findUnrouted(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Passing | null> {
  const refused = notPassedThrough.find(
    ({ path }) => request.method === 'POST' && path.test(pathOf(request)),
  );
  if (refused !== undefined) throw invalid(`${refused.what} are not passed on to Meta. ${refused.instead}`);
  const path = readPassedPath(pathOf(request));
  if (path === null) return null;
  const numbers = await services.store.numbers();
  const owner = ownerOf(numbers, path);
  if (owner === null) return null;
  const find = finderFor(numbers, { owner, id: path.id }, request);
  // A request for a file has no body that could contain a key.
  if (tokenOf(request) === null && owner !== 'unregistered' && hasParameters(request))
    return await findWithKeyInBody(services, { request, reply }, find);
  const number = await authenticatePassThrough(services, request, reply, { token: tokenOf(request), find });
  if (number === null) return null;
  if (owner === 'unregistered') requirePlain(request, path.id);
  return { number, body: await bodyFor(request) };
}

async function findWithKeyInBody(
  services: Services,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  find: (key: KeyRecord) => NumberRecord | null,
): Promise<Passing | null> {
  const body = await readPassedBody(request);
  const number = await authenticatePassThrough(services, request, reply, { token: keyIn(body), find });
  if (number === null) throw unknownPath(pathOf(request));
  requireOwnObjects(request, body.parameters);
  return { number, body };
}

/**
 * References to other objects must be seen before a request is passed on, and the caller's key must be removed. Only
 * an admin key may refer to any object. Parts are looked at on their way.
 */
async function bodyFor(request: FastifyRequest): Promise<PassedBody | null> {
  const isAdmin = keyOf(request).role === 'admin';
  requireOwnObjects(request, []);
  if (!hasBody(request)) return null;
  const isStreamed = hasParts(request)
    ? isAdmin || takesFiles.test(pathOf(request))
    : isAdmin && !(hasParameters(request) && isShort(request));
  if (isStreamed) return null;
  const body = await readPassedBody(request);
  requireOwnObjects(request, body.parameters);
  if (hasParts(request)) requireKnownParts(request, body);
  return body;
}

/** Where files are uploaded to; they stream, and only the names of their parts are looked at. */
const takesFiles = /\/media\/?$/;

async function pass(
  services: Services,
  { number, body }: Passing,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const path = readPassedPath(pathOf(request));
  if (path === null) throw unknownPath(pathOf(request));
  const { raw } = request;
  const { 'content-length': length, ...headers } = forwardedHeaders(raw.headers);
  const isFile = path.edge === null && ![number.id, number.wabaId].includes(path.id);
  const fileLink = isFile ? fileLinkFor(services, { request, number, id: path.id }) : null;
  const parts =
    body === null && hasBody(request) && hasParts(request)
      ? guardParts(raw.headers['content-type'] ?? '', (name) => partRefusal(request, name))
      : null;
  const isStreamed =
    raw.headers['content-length'] !== undefined || raw.headers['transfer-encoding'] !== undefined;
  try {
    return await streamThrough(
      request,
      reply,
      async (streaming) => {
        if (parts !== null) pipeline(raw, parts.stream, () => {});
        const passed = await services.metaClients.pass(number, targetOf(request, number, path), {
          ...streaming,
          signal: parts === null ? streaming.signal : AbortSignal.any([streaming.signal, parts.signal]),
          method: request.method,
          headers: body === null && length !== undefined ? { ...headers, 'content-length': length } : headers,
          body: body?.bytes ?? parts?.stream ?? (isStreamed ? raw : null),
        });
        const isSend = path.edge === '/messages' && passed.status === 200;
        if (isSend) rememberRecipientFrom(services, number, passed.body);
        return passed;
      },
      linksFor(services, number, request, fileLink),
    );
  } catch (error) {
    throw parts?.refusal() ?? error;
  }
}

/** The path with its query, without the key that it may contain. */
function targetOf(request: FastifyRequest, number: NumberRecord, { id, edge }: PassedPath): string {
  const path = pathOf(request);
  const query = withoutParameters(queryOf(request), ['access_token']);
  const isOther = edge === null && ![number.id, number.wabaId].includes(id);
  // Meta then answers only for what belongs to the number, also where its token opens more.
  const asked = isOther ? withParameter(query, 'phone_number_id', number.id) : query;
  return asked === '' ? path : `${path}?${asked}`;
}
