import type { KeyRecord, NumberRecord, Role } from '@blockhouse/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { opens } from '../../auth/api-keys.ts';
import type { Session } from '../../auth/sessions.ts';
import type { Services } from '../../services.ts';
import type { App } from './app-type.ts';
import { formField, isForm } from './body.ts';
import { RequestFault, unknownObject, unknownPath } from './errors.ts';
import { sessionCookie } from './session-cookie.ts';
import { isKnownVersion } from './version.ts';

/** What a route asks of a request before its handler runs. */
export interface AccessRule {
  readonly roles: readonly Role[];
  /** The path names a number (`:id`) that must exist and that the key must open. */
  readonly number: boolean;
  /** The request counts against the rate of its key and number. */
  readonly limited: boolean;
}

/** Who is asking, and about which number. */
export interface Access {
  readonly key: KeyRecord;
  /** The number of the path; on a route without one, there is none. */
  readonly number: NumberRecord | null;
  /** Signed in by a link, in a frame of another page. */
  readonly isEmbedded: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    access: Access | null;
    /** Who it is, where a session knows. */
    person: string | null;
  }
  interface FastifyContextConfig {
    access?: AccessRule;
    /** The route speaks as Graph does: bodies may be forms, and answers carry Graph's headers. */
    graph?: boolean;
    /** For a number that lives at Meta, the request is passed on as it is. */
    passes?: boolean;
  }
}

/**
 * The checks that come before the body, in the documented order: version, token, number, permission, rate. A token
 * may also be a field of a form; then they run as soon as the form is read.
 */
export function authenticate(app: App, services: Services): void {
  app.decorateRequest('access', null);
  app.decorateRequest('person', null);
  app.addHook('onRequest', async (request, reply) => {
    const { version } = request.params as { version?: string };
    if (version !== undefined && !isKnownVersion(version)) throw unknownPath(pathOf(request));
    const { access: rule, graph } = request.routeOptions.config;
    if (rule === undefined) return;
    const token = tokenOf(request);
    if (token === null && graph && isForm(request)) return;
    const session = graph ? null : await findSession(services, request, token);
    request.access = await admit(services, rule, session ?? token, request, reply);
  });
  app.addHook('preValidation', (request, reply, done) => {
    const rule = request.routeOptions.config.access;
    // Nearly always there is nothing left to do, so this takes no turn of its own.
    if (rule === undefined || request.access !== null) return done();
    admit(services, rule, formField(request.body, 'access_token'), request, reply).then((access) => {
      request.access = access;
      done();
    }, done);
  });
}

/** The number that the route's rule has made sure of. */
export function numberOf(request: FastifyRequest): NumberRecord {
  const number = request.access?.number;
  if (!number) throw new Error(`the route ${request.routeOptions.url} has no rule that finds its number`);
  return number;
}

/** The key that the route's rule has made sure of. */
export function keyOf(request: FastifyRequest): KeyRecord {
  const key = request.access?.key;
  if (key === undefined)
    throw new Error(`the route ${request.routeOptions.url} has no rule that asks for a key`);
  return key;
}

/** The path of a request without its query. */
export function pathOf(request: FastifyRequest): string {
  const path = request.url.split('?', 1)[0] ?? '/';
  // A target in absolute form, as proxies send it.
  return path.replace(/^https?:\/\/[^/]*/i, '');
}

/** A parameter of the query, or of parameters that were read from a body. One that is given several times counts with its last value, an empty one as absent. */
export function parameterOf(query: unknown, name: string): string | null {
  const value = (query as Readonly<Record<string, unknown>>)[name];
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  if (typeof last === 'number') return String(last);
  return typeof last === 'string' && last !== '' ? last : null;
}

/** The checks of a request that no route of ours is for, when it may be passed on: token, number, permission, rate. */
export async function authenticatePassThrough(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  { token, find }: { token: string | null; find: (key: KeyRecord) => NumberRecord | null },
): Promise<NumberRecord | null> {
  const key = await keyFor(services, token);
  const number = find(key);
  if (number === null) return null;
  if (!passing.roles.includes(key.role)) throw forbidden(key, passing);
  await takeRate(services, key, number, reply);
  request.access = { key, number, isEmbedded: false };
  return number;
}

/** Whoever may send may pass things on. */
const passing: AccessRule = { roles: ['admin', 'app'], number: true, limited: true };

async function admit(
  services: Services,
  rule: AccessRule,
  who: Session | string | null,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Access> {
  const session = typeof who === 'object' ? who : null;
  const key = session?.key ?? (await keyFor(services, typeof who === 'object' ? null : who));
  request.person = session?.person ?? null;
  const number = rule.number ? await numberFor(services, key, request) : null;
  if (!rule.roles.includes(key.role)) throw forbidden(key, rule);
  if (rule.limited && number !== null) await takeRate(services, key, number, reply);
  return { key, number, isEmbedded: session?.number != null };
}

/**
 * The session of a request: by a token of its own, or by the cookie of a browser. A cookie counts only for what the panel itself
 * asks: other pages cannot set its header without asking first, and are not let.
 */
export async function findSession(
  { sessions }: Services,
  request: FastifyRequest,
  token: string | null = tokenOf(request),
): Promise<Session | null> {
  if (token !== null) return sessions.isToken(token) ? await sessions.find(token) : null;
  const cookie = sessionCookie(request);
  const isPanel = request.method === 'GET' || request.headers['x-blockhouse-source'] === 'panel';
  return cookie === null || !isPanel ? null : await sessions.find(cookie);
}

/** The token of a request, wherever it may stand but in a form or a cookie; null: none. Graph takes the scheme OAuth as well. */
export function tokenOf({ headers, query }: FastifyRequest): string | null {
  const bearer = /^(?:Bearer|OAuth) +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const apiKey = headers['x-api-key'];
  if (typeof apiKey === 'string' && apiKey !== '') return apiKey;
  return parameterOf(query, 'access_token');
}

async function keyFor({ keyRing }: Services, token: string | null): Promise<KeyRecord> {
  if (token === null) throw unauthorized('noToken');
  const check = await keyRing.check(token);
  if (check.state === 'unknown') throw unauthorized('badToken');
  if (check.state === 'expired') {
    const expiry = new Date(check.expiredAtMs).toUTCString();
    throw unauthorized('expiredToken', `Error validating access token: Session has expired on ${expiry}.`);
  }
  return check.key;
}

async function numberFor(
  { store }: Services,
  key: KeyRecord,
  request: FastifyRequest,
): Promise<NumberRecord> {
  const { id } = request.params as { id: string };
  const number = await store.number(id);
  if (number === null || !opens(key, id)) throw unknownObject(request.method, id);
  return number;
}

async function takeRate(
  { rateLimiter }: Services,
  key: KeyRecord,
  number: NumberRecord,
  reply: FastifyReply,
): Promise<void> {
  const outcome = await rateLimiter.take(key.id, number.id);
  const waitMs = outcome.allowed ? 0 : outcome.retryAfterMs;
  // Meta gives percent of the allowance, and the time until access comes back in minutes.
  const usage = {
    type: 'whatsapp',
    call_count: outcome.allowed ? outcome.usedPercent : 100,
    total_cputime: 0,
    total_time: 0,
    estimated_time_to_regain_access: Math.ceil(waitMs / 60_000),
  };
  reply.header('x-business-use-case-usage', JSON.stringify({ [number.wabaId]: [usage] }));
  if (!outcome.allowed) {
    throw new RequestFault('rateLimit', { headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) } });
  }
}

function unauthorized(error: 'noToken' | 'badToken' | 'expiredToken', message?: string): RequestFault {
  const fault = new RequestFault(error, message === undefined ? {} : { message });
  const kind = error === 'noToken' ? 'invalid_request' : 'invalid_token';
  const challenge = `OAuth "Facebook Platform" "${kind}" "${fault.message}"`;
  return new RequestFault(error, { message: fault.message, headers: { 'www-authenticate': challenge } });
}

function forbidden(key: KeyRecord, rule: AccessRule): RequestFault {
  return new RequestFault('permission', {
    details: `The key "${key.name}" has the role ${key.role}; this call needs ${rule.roles.join(' or ')}.`,
  });
}
