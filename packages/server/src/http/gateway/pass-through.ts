import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { KeyRecord, NumberRecord } from '@blockhouse/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { opens } from '../../keys.ts';
import type { Services } from '../../services.ts';
import { CircuitOpen } from '../../upstream/circuit.ts';
import { admitToPass, parameterOf, pathOf } from '../access.ts';
import type { App } from '../app.ts';
import { RequestFault } from '../errors.ts';
import { isKnownVersion } from '../graph/version.ts';

/** How long a platform may take to begin its answer, and to go on with it. */
export const patienceMs = 60_000;

/** Of an answer that is read whole. */
const answerBytesMax = 1024 * 1024;

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

/** Asks a number's platform for one thing, as JSON. Nothing is asked twice: it may not be safe to. */
export async function askAt(
  { upstreams }: Services,
  number: NumberRecord,
  path: string,
  body: object | null,
): Promise<{ readonly status: number; readonly body: unknown }> {
  let reached = false;
  try {
    const response = await upstreams.pass(
      number,
      path,
      {
        method: body === null ? 'GET' : 'POST',
        headers: { ...(body !== null && { 'content-type': 'application/json' }), accept: 'application/json' },
        body: body === null ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(patienceMs),
      },
      () => {
        reached = true;
      },
    );
    return { status: response.statusCode ?? 500, body: JSON.parse(await textOf(response)) };
  } catch (error) {
    throw notAnswered(error, reached);
  }
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
  return await admitToPass(services, request, reply, (key) => {
    if (named !== undefined) return opens(key, named.id) ? named : null;
    if (isAccount) return accountOf(cloud, id, key);
    return onlyNumber(cloud, key, parameterOf(request.query, 'phone_number_id'));
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

async function pass(
  { upstreams, log }: Services,
  number: NumberRecord,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { raw } = request;
  const abort = new AbortController();
  const impatient = setTimeout(() => abort.abort(timeout), patienceMs);
  // Whoever hangs up ends the exchange.
  reply.raw.once('close', () => {
    clearTimeout(impatient);
    abort.abort(new Error('the caller has hung up'));
  });
  const hasBody =
    raw.headers['content-length'] !== undefined || raw.headers['transfer-encoding'] !== undefined;
  let reached = false;
  try {
    const response = await upstreams.pass(
      number,
      targetOf(request),
      {
        method: request.method,
        headers: forwarded(raw.headers, notForwarded),
        body: hasBody ? raw : null,
        signal: abort.signal,
      },
      () => {
        reached = true;
      },
    );
    response.on('data', () => impatient.refresh());
    response.pause();
    return reply
      .status(response.statusCode ?? 502)
      .headers(forwarded(response.headers, notReturned))
      .send(response);
  } catch (error) {
    clearTimeout(impatient);
    log.warn(
      { number: number.id, reached, problem: (error as Error).message },
      'a request could not be passed on',
    );
    throw notAnswered(error, reached);
  }
}

const timeout = Object.assign(new Error('no answer in time'), { name: 'TimeoutError' });

/** The path with its query, without the key that may stand in it. */
function targetOf(request: FastifyRequest): string {
  const path = pathOf(request);
  const query = new URLSearchParams(request.url.split('?').slice(1).join('?'));
  query.delete('access_token');
  return query.size === 0 ? path : `${path}?${query}`;
}

/** Headers between two neighbours alone (RFC 9110, section 7.6.1). */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** The caller's key, and what is about this server alone. */
const notForwarded: readonly string[] = [
  ...hopByHop,
  'host',
  'authorization',
  'x-api-key',
  'cookie',
  'expect',
  'forwarded',
  'origin',
  'referer',
];

export const notReturned: readonly string[] = [
  ...hopByHop,
  'set-cookie',
  'alt-svc',
  'strict-transport-security',
];

export function forwarded(
  headers: IncomingHttpHeaders,
  dropped: readonly string[],
): Record<string, string | string[]> {
  const named = String(headers.connection ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string | string[]] => {
      const [name, value] = entry;
      const isOurs = name.startsWith('x-forwarded-') || name.startsWith('x-blockhouse-');
      return value !== undefined && !isOurs && !dropped.includes(name) && !named.includes(name);
    }),
  );
}

/** Without an answer, a caller must know whether anything may have been done. */
export function notAnswered(error: unknown, reached: boolean): RequestFault {
  const { message } = error as Error;
  const details = reached
    ? `Whether it was done is not known: the number's platform gave no answer (${message}).`
    : `Nothing was done: the number's platform could not be reached (${message}).`;
  const headers =
    error instanceof CircuitOpen ? { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) } : {};
  return new RequestFault('internal', { details, headers });
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    text += chunk;
    if (text.length > answerBytesMax) throw new Error('the answer does not end');
  }
  return text;
}
