import type { KeyRecord, NumberRecord, RateOutcome } from '@blockhouse/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { KeyAtNumber } from '../../auth/access-cache.ts';
import { opens } from '../../auth/api-keys.ts';
import type { Services } from '../../services.ts';
import { type AccessRule, sending } from './access.ts';
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
  app.addHook('onRequest', (request, reply, done) => {
    const { version } = request.params as { version?: string };
    if (version !== undefined && !isKnownVersion(version)) throw unknownPath(pathOf(request));
    const { access: rule, graph } = request.route;
    if (rule === undefined) return done();
    const token = tokenOf(request);
    if (token === null && graph && isForm(request)) return done();
    const known = token !== null && rule.number ? findKnown(services, token, request) : null;
    if (known !== null) return admitKnown(services, known, { request, reply, rule }, done);
    admit(services, rule, token, request, reply).then(() => done(), done);
  });
  app.addHook('preValidation', (request, reply, done) => {
    const rule = request.route.access;
    // Most requests are admitted by now. A callback costs them no turn of the event loop, as a promise would.
    if (rule === undefined || request.access !== null) return done();
    admit(services, rule, formField(request.body, 'access_token'), request, reply).then(() => done(), done);
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

/** The cached result of the same request before; null: the checks have to be made. */
function findKnown({ accessCache }: Services, token: string, { params }: FastifyRequest): KeyAtNumber | null {
  return accessCache.get(token, (params as { id: string }).id);
}

/** The checks that remain for a known key at a known number, without a promise unless the rate needs one. */
function admitKnown(
  services: Services,
  { key, number }: KeyAtNumber,
  { request, reply, rule }: { request: FastifyRequest; reply: FastifyReply; rule: AccessRule },
  done: (error?: Error) => void,
): void {
  requireRole(key, rule);
  const grant = (outcome: RateOutcome | null) => {
    if (outcome !== null) applyRate(outcome, number, reply);
    request.access = { key, number, isEmbedded: false };
  };
  const outcome = rule.limited ? services.rateLimiter.take(key.id, number.id) : null;
  if (outcome instanceof Promise) {
    outcome.then(grant).then(() => done(), done);
    return;
  }
  grant(outcome);
  done();
}

/** All checks of a request with a token of a key or of a session. */
async function admit(
  services: Services,
  rule: AccessRule,
  token: string | null,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { accessCache } = services;
  const { version } = accessCache;
  const session = request.route.graph ? null : await findSession(services, request, token);
  const key = session?.key ?? (await findKey(services, token));
  request.person = session?.person ?? null;
  const number = rule.number ? await findNumber(services, key, request) : null;
  requireRole(key, rule);
  if (rule.limited && number !== null) await takeRate(services, key, number, reply);
  if (session === null && token !== null && number !== null) accessCache.put(token, { key, number }, version);
  request.access = { key, number, isEmbedded: session?.number != null };
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
  applyRate(await rateLimiter.take(key.id, number.id), number, reply);
}

/** Meta states usage in percent of the limit, and the time until access comes back in minutes. */
function applyRate(outcome: RateOutcome, { wabaId }: NumberRecord, reply: FastifyReply): void {
  const percent = outcome.allowed ? outcome.usedPercent : 100;
  const waitMs = outcome.allowed ? 0 : outcome.retryAfterMs;
  reply.header(
    'x-business-use-case-usage',
    `{${JSON.stringify(wabaId)}:[{"type":"whatsapp","call_count":${percent},"total_cputime":0,"total_time":0,"estimated_time_to_regain_access":${Math.ceil(waitMs / 60_000)}}]}`,
  );
  if (!outcome.allowed)
    throw new RequestError('rateLimit', { headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) } });
}
