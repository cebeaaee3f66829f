import type { KeyRecord, NumberRecord } from '@blockhouse/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { opens } from '../../keys.ts';
import type { Services } from '../../services.ts';
import { admitToPass, parameterOf, pathOf } from '../access.ts';
import type { App } from '../app.ts';
import { RequestFault, shown } from '../errors.ts';
import { isKnownVersion } from '../graph/version.ts';
import { headersOnward, streamThrough } from './stream-through.ts';

/**
 * Passes on to Meta what is Meta's: sends of numbers that live there, and every other path of Graph about them, their business
 * account and their media. The key is exchanged for the number's token, and bodies stream both ways as they come.
 */
export function passThrough(app: App, services: Services): void {
  app.addHook('onRequest', async (request, reply) => {
    const number = request.is404
      ? await findUnrouted(services, request, reply)
      : request.routeOptions.config.passes && request.access?.number;
    if (!number || number.upstream === null) return;
    return await pass(services, number, request, reply);
  });
}

/** A path that no route is for: whose is it? */
async function findUnrouted(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<NumberRecord | null> {
  const [, version, id, rest] = /^(?:\/(v[^/]*))?\/(\d{1,30})(\/.+)?$/.exec(pathOf(request)) ?? [];
  if (id === undefined || (version !== undefined && !isKnownVersion(version))) return null;
  const numbers = await services.store.numbers();
  const cloud = numbers.filter(({ upstream }) => upstream !== null);
  const named = numbers.find((number) => number.id === id);
  if (cloud.length === 0 || named?.upstream === null) return null;
  const isAccount = cloud.some(({ wabaId }) => wabaId === id);
  // What is none of ours may be a medium or a template, which stand alone; anything more would be somebody else's.
  if (named === undefined && !isAccount && rest !== undefined) return null;
  const number = await admitToPass(services, request, reply, (key) => {
    if (named !== undefined) return opens(key, named.id) ? named : null;
    if (isAccount) return accountOf(cloud, id, key);
    return onlyNumber(cloud, key, parameterOf(request.query, 'phone_number_id'));
  });
  if (number !== null && named === undefined && !isAccount) requirePlain(request, id);
  return number;
}

/** What a request for a medium may say besides; anything more could lead from the object to others. */
const mediumParameters: readonly string[] = ['phone_number_id', 'access_token', 'appsecret_proof'];

/**
 * An ID that is not registered here may be a medium, or any other object that the number's token opens: a number, a business, an
 * account of somebody else's. Only an admin may do with it whatever the token allows.
 */
function requirePlain({ raw, query, method, access }: FastifyRequest, id: string): void {
  if (access?.key.role === 'admin') return;
  const hasBody =
    Number(raw.headers['content-length'] ?? 0) > 0 || raw.headers['transfer-encoding'] !== undefined;
  const extra = Object.keys(query as object).find((name) => !mediumParameters.includes(name));
  const isPlain = ['GET', 'DELETE'].includes(method) && !hasBody && extra === undefined;
  if (isPlain) return;
  const what =
    extra === undefined ? (hasBody ? `${method} with a body` : method) : `the parameter ${shown(extra)}`;
  throw new RequestFault('permission', {
    details:
      `${id} is not registered here, so only an admin key may ask for it with ${what}. ` +
      `Other keys may read and delete media: GET or DELETE with no parameter but ${mediumParameters[0]}.`,
  });
}

/** A business account belongs to all of its numbers: only who may use all of them may use it. */
function accountOf(cloud: readonly NumberRecord[], wabaId: string, key: KeyRecord): NumberRecord | null {
  const own = cloud.filter((number) => number.wabaId === wabaId);
  return own.every(({ id }) => opens(key, id)) ? (own[0] ?? null) : null;
}

function onlyNumber(
  cloud: readonly NumberRecord[],
  key: KeyRecord,
  asked: string | null,
): NumberRecord | null {
  const open = cloud.filter(({ id }) => opens(key, id));
  if (asked !== null) return open.find(({ id }) => id === asked) ?? null;
  return open.length === 1 ? (open[0] ?? null) : null;
}

function pass(
  { upstreams }: Services,
  number: NumberRecord,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { raw } = request;
  const hasBody =
    raw.headers['content-length'] !== undefined || raw.headers['transfer-encoding'] !== undefined;
  return streamThrough(request, reply, (streaming) =>
    upstreams.pass(number, targetOf(request, number), {
      ...streaming,
      method: request.method,
      headers: headersOnward(raw.headers),
      body: hasBody ? raw : null,
    }),
  );
}

/** The path with its query, without the key that may stand in it. */
function targetOf(request: FastifyRequest, number: NumberRecord): string {
  const path = pathOf(request);
  const query = new URLSearchParams(request.url.split('?').slice(1).join('?'));
  query.delete('access_token');
  // Meta then answers only for what belongs to the number, also where its token opens more.
  if (
    /^(?:\/v[^/]*)?\/\d+$/.test(path) &&
    !path.endsWith(`/${number.id}`) &&
    number.wabaId !== path.split('/').at(-1)
  )
    query.set('phone_number_id', number.id);
  return query.size === 0 ? path : `${path}?${query}`;
}
