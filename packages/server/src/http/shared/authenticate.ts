import type { KeyRecord, NumberRecord } from '@blockhouse/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { opens } from '../../auth/api-keys.ts';
import type { Session } from '../../auth/sessions.ts';
import type { Services } from '../../services.ts';
import { type Access, type AccessRule, sending } from './access.ts';
import type { App } from './app-type.ts';
import { formField, isForm } from './body.ts';
import { findKey, findSession, tokenOf } from './credentials.ts';
import { RequestError, unknownObject, unknownPath } from './errors.ts';
import { pathOf } from './request-url.ts';
import { isKnownVersion } from './version.ts';

/**
 * The checks that come before the body, in the documented order: version, token, number, permission, rate. If the token is a field
 * of a form, the checks run as soon as the form is read.
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
    // Most requests are admitted by now. A callback costs them no turn of the event loop, as a promise would.
    if (rule === undefined || request.access !== null) return done();
    admit(services, rule, formField(request.body, 'access_token'), request, reply).then((access) => {
      request.access = access;
      done();
    }, done);
  });
}

/** The same checks for a request that may be passed on to Meta. @param options.find chooses its number. */
export async function authenticatePassThrough(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  { token, find }: { token: string | null; find: (key: KeyRecord) => NumberRecord | null },
): Promise<NumberRecord | null> {
  const key = await findKey(services, token);
  const number = find(key);
  if (number === null) return null;
  requireRole(key, sending);
  await takeRate(services, key, number, reply);
  request.access = { key, number, isEmbedded: false };
  return number;
}

async function admit(
  services: Services,
  rule: AccessRule,
  credentials: Session | string | null,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Access> {
  const session = typeof credentials === 'object' ? credentials : null;
  const key = session?.key ?? (await findKey(services, typeof credentials === 'object' ? null : credentials));
  request.person = session?.person ?? null;
  const number = rule.number ? await findNumber(services, key, request) : null;
  requireRole(key, rule);
  if (rule.limited && number !== null) await takeRate(services, key, number, reply);
  return { key, number, isEmbedded: session?.number != null };
}

async function findNumber(
  { store }: Services,
  key: KeyRecord,
  request: FastifyRequest,
): Promise<NumberRecord> {
  const { id } = request.params as { id: string };
  const number = await store.number(id);
  if (number === null || !opens(key, id)) throw unknownObject(request.method, id);
  return number;
}

function requireRole({ name, role }: KeyRecord, { roles }: AccessRule): void {
  if (roles.includes(role)) return;
  throw new RequestError('permission', {
    details: `The key "${name}" has the role ${role}; this call needs ${roles.join(' or ')}.`,
  });
}

async function takeRate(
  { rateLimiter }: Services,
  key: KeyRecord,
  number: NumberRecord,
  reply: FastifyReply,
): Promise<void> {
  const outcome = await rateLimiter.take(key.id, number.id);
  const waitMs = outcome.allowed ? 0 : outcome.retryAfterMs;
  // Meta states usage in percent of the limit, and the time until access comes back in minutes.
  const usage = {
    type: 'whatsapp',
    call_count: outcome.allowed ? outcome.usedPercent : 100,
    total_cputime: 0,
    total_time: 0,
    estimated_time_to_regain_access: Math.ceil(waitMs / 60_000),
  };
  reply.header('x-business-use-case-usage', JSON.stringify({ [number.wabaId]: [usage] }));
  if (!outcome.allowed)
    throw new RequestError('rateLimit', { headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) } });
}
