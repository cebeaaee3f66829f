import type { KeyRecord } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import type { Session } from '../../auth/sessions.ts';
import type { Services } from '../../services.ts';
import { RequestError } from './errors.ts';
import { parameterOf } from './request-url.ts';
import { sessionCookie } from './session-cookie.ts';

/** The token of a request, from a header or the query; null: none. Like Graph, it takes the scheme OAuth as well as Bearer. */
export function tokenOf({ headers, query }: FastifyRequest): string | null {
  const bearer = /^(?:Bearer|OAuth) +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const apiKey = headers['x-api-key'];
  if (typeof apiKey === 'string' && apiKey !== '') return apiKey;
  return parameterOf(query, 'access_token');
}

/**
 * The session of a request, by its token or by the cookie of a browser. A cookie only counts with a header that the panel sets.
 * Another page cannot set this header without a CORS preflight, which does not allow it.
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

/** The key that a token belongs to. @throws RequestError with status 401. */
export async function findKey({ keyRing }: Services, token: string | null): Promise<KeyRecord> {
  if (token === null) throw unauthorized('noToken');
  const check = await keyRing.check(token);
  if (check.state === 'unknown') throw unauthorized('badToken');
  if (check.state === 'expired') {
    const expiry = new Date(check.expiredAtMs).toUTCString();
    throw unauthorized('expiredToken', `Error validating access token: Session has expired on ${expiry}.`);
  }
  return check.key;
}

function unauthorized(kind: 'noToken' | 'badToken' | 'expiredToken', said?: string): RequestError {
  const { message } = new RequestError(kind, said === undefined ? {} : { message: said });
  const problem = kind === 'noToken' ? 'invalid_request' : 'invalid_token';
  const challenge = `OAuth "Facebook Platform" "${problem}" "${message}"`;
  return new RequestError(kind, { message, headers: { 'www-authenticate': challenge } });
}
