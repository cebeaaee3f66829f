import { pipeline } from 'node:stream';
import type { KeyRecord, NumberRecord } from '@blockhouse/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { opens } from '../../auth/api-keys.ts';
import type { Services } from '../../services.ts';
import { parameterName, withoutParameters, withParameter } from '../../shared/query-text.ts';
import { keyOf } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import { authenticatePassThrough } from '../shared/authenticate.ts';
import { tokenOf } from '../shared/credentials.ts';
import { invalid, RequestError, shown, unknownObject, unknownPath } from '../shared/errors.ts';
import { linksFor } from '../shared/platform-answer.ts';
import { forwardedHeaders } from '../shared/platform-headers.ts';
import { rememberRecipientFrom } from '../shared/remember-recipient.ts';
import { parameterOf, pathOf } from '../shared/request-url.ts';
import { fileLinkFor } from './media.ts';
import { guardParts, requireParts } from './parts-guard.ts';
import {
  hasBody,
  hasParameters,
  hasParts,
  isShort,
  keyIn,
  keyParameters,
  type PassedBody,
  type PassedParameters,
  readPassedBody,
} from './passed-body.ts';
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
  // The key stands in the body.
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
  // A request for a file has no body that a key could stand in.
  if (tokenOf(request) === null && owner !== 'unregistered' && hasParameters(request))
    return await findWithKeyInBody(services, { request, reply }, find);
  const number = await authenticatePassThrough(services, request, reply, { token: tokenOf(request), find });
  if (number === null) return null;
  if (owner === 'unregistered') requirePlain(request, path.id);
  return { number, body: await bodyFor(request) };
}

/** Parameters that a request for a file may have; any other could lead from the object to others. */
const fileParameters: readonly string[] = ['phone_number_id', 'access_token', 'appsecret_proof'];

/**
 * An ID that is not registered here may be a file, or any other object that the number's token opens: a number, a business, an
 * account of somebody else's. Only an admin may do with it whatever the token allows.
 */
function requirePlain(request: FastifyRequest, id: string): void {
  const { query, method, access } = request;
  if (access?.key.role === 'admin') return;
  const extra = Object.keys(query as object).find((name) => !fileParameters.includes(name));
  const isPlain = ['GET', 'HEAD', 'DELETE'].includes(method) && !hasBody(request) && extra === undefined;
  if (isPlain) return;
  const what =
    extra === undefined
      ? hasBody(request)
        ? `${method} with a body`
        : method
      : `the parameter ${shown(extra)}`;
  throw new RequestError('permission', {
    details:
      `${id} is not registered here, so only an admin key may ask for it with ${what}. ` +
      `Other keys may read and delete media: GET or DELETE with no parameter but ${fileParameters[0]}.`,
  });
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

/** Others may read the name of a part otherwise than it was read here. */
function requireKnownParts(request: FastifyRequest, { bytes, parameters }: PassedBody): void {
  const known = new Set(parameters.map(([name]) => name).filter((name) => !keyParameters.includes(name)));
  requireParts(request.headers['content-type'] ?? '', bytes, (name) =>
    known.has(name) ? null : partRefusal(request, name),
  );
}

/** Parameters that make one request speak of objects that its path does not name. */
const ofOtherObjects: readonly string[] = ['ids', 'batch'];

/**
 * A key reaches its numbers and what hangs on them, not what else the token opens: Graph's `fields` can lead to other objects, and
 * `ids` and `batch` name them. However a parameter is written, and however often, each of them is looked at.
 */
function requireOwnObjects(request: FastifyRequest, inBody: PassedParameters): void {
  if (keyOf(request).role === 'admin') return;
  const encoding = request.headers['content-encoding'] ?? 'identity';
  // Nobody could look into it.
  if (encoding !== 'identity')
    throw invalid(`Content-Encoding must be identity (not compressed) - got "${shown(encoding)}".`, 415);
  for (const [name, text] of [...queryParametersOf(request), ...inBody]) {
    if (name === 'fields' && /[^\w,\s-]/.test(text)) {
      throw new RequestError('permission', {
        details: `Param fields leads to other objects ("${shown(text)}"); a key with this role names plain fields alone.`,
      });
    }
    if (ofOtherObjects.includes(name)) throw needsAdmin(name);
  }
}

function needsAdmin(name: string): RequestError {
  return new RequestError('permission', { details: `Param ${name} needs a key with the role admin.` });
}

/** Whether a part of a body may be passed on, by its name: nothing of it is read, so that files stream. */
function partRefusal(request: FastifyRequest, name: string): RequestError | null {
  if (keyParameters.includes(name))
    return invalid(
      `Param ${name} must not be in multipart/form-data: send the key in the header Authorization.`,
    );
  if (keyOf(request).role === 'admin') return null;
  if (ofOtherObjects.includes(name)) return needsAdmin(name);
  if (name !== 'fields') return null;
  const details =
    'Param fields in multipart/form-data needs a key with the role admin; name it in the address.';
  return new RequestError('permission', { details });
}

function queryParametersOf(request: FastifyRequest): PassedParameters {
  return [...new URLSearchParams(queryOf(request))].map(([name, text]) => [parameterName(name), text]);
}

/** The query as it was written. */
function queryOf({ url }: FastifyRequest): string {
  return url.split('?').slice(1).join('?');
}

/** The owner of the object that a path names: a number, a business account, or nothing that is registered here. */
type Owner = NumberRecord | 'account' | 'unregistered';

/** The owner of the object that a path names; null: it is none of Meta's. */
function ownerOf(numbers: readonly NumberRecord[], { id, edge }: PassedPath): Owner | null {
  const cloud = numbers.filter(({ upstream }) => upstream !== null);
  const named = numbers.find((number) => number.id === id);
  if (cloud.length === 0 || named?.upstream === null) return null;
  if (named !== undefined) return named;
  if (cloud.some(({ wabaId }) => wabaId === id)) return 'account';
  // A file or a template stands alone; anything more would be somebody else's.
  return edge === null ? 'unregistered' : null;
}

/** Which number's token a request takes, for each key; null: the key opens none. */
function finderFor(
  numbers: readonly NumberRecord[],
  { owner, id }: { owner: Owner; id: string },
  request: FastifyRequest,
): (key: KeyRecord) => NumberRecord | null {
  const cloud = numbers.filter(({ upstream }) => upstream !== null);
  if (owner === 'account') return (key) => accountOf(cloud, id, key);
  if (owner === 'unregistered') return (key) => onlyNumber(cloud, key, request);
  return (key) => (opens(key, owner.id) ? owner : null);
}

/** A business account belongs to all of its numbers: only a key for all of them may use it. */
function accountOf(cloud: readonly NumberRecord[], wabaId: string, key: KeyRecord): NumberRecord | null {
  const own = cloud.filter((number) => number.wabaId === wabaId);
  const open = own.filter(({ id }) => opens(key, id));
  if (open.length > 0 && open.length < own.length) {
    throw new RequestError('permission', {
      details: `The business account ${wabaId} has numbers that this key does not open. Use a key for all of them.`,
    });
  }
  return open[0] ?? null;
}

function onlyNumber(
  cloud: readonly NumberRecord[],
  key: KeyRecord,
  request: FastifyRequest,
): NumberRecord | null {
  const open = cloud.filter(({ id }) => opens(key, id));
  const asked = parameterOf(request.query, 'phone_number_id');
  if (asked !== null) {
    const number = open.find(({ id }) => id === asked);
    if (number === undefined) throw unknownObject(request.method, asked);
    return number;
  }
  if (open.length > 1) {
    throw invalid(
      `The parameter phone_number_id is required: this key opens ${open.length} numbers at Meta, and the path names none of them.`,
    );
  }
  return open[0] ?? null;
}

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

/** The path with its query, without the key that may stand in it. */
function targetOf(request: FastifyRequest, number: NumberRecord, { id, edge }: PassedPath): string {
  const path = pathOf(request);
  const query = withoutParameters(queryOf(request), ['access_token']);
  const isOther = edge === null && ![number.id, number.wabaId].includes(id);
  // Meta then answers only for what belongs to the number, also where its token opens more.
  const asked = isOther ? withParameter(query, 'phone_number_id', number.id) : query;
  return asked === '' ? path : `${path}?${asked}`;
}
