import type { KeyRecord, NumberRecord, Role } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { opens } from '../../auth/api-keys.ts';
import type { Services } from '../../services.ts';

/** The requirements of a route, checked before its handler runs. */
export interface AccessRule {
  readonly roles: readonly Role[];
  /** The path names a number (`:id`) that must exist and that the key must open. */
  readonly number: boolean;
  /** The request counts against the rate limit of its key and number. */
  readonly limited: boolean;
}

/** The rule of a route of our own API, which has no rate limit. */
export function allow(...roles: readonly Role[]): AccessRule {
  return { roles, number: false, limited: false };
}

/** The same for a route whose path names a number. */
export function allowAtNumber(...roles: readonly Role[]): AccessRule {
  return { roles, number: true, limited: false };
}

/** To read and change blocklists, in Meta's dialect and the provider's. */
export const listing: AccessRule = { roles: ['admin', 'agent', 'app'], number: true, limited: true };

/** To send messages, and for requests that belong to sending. */
export const sending: AccessRule = { roles: ['admin', 'app'], number: true, limited: true };

/** The access of a request: its key, and the number that it is about. */
export interface Access {
  readonly key: KeyRecord;
  /** The number of the path; null on a route without one. */
  readonly number: NumberRecord | null;
  /** The request comes from a panel that is embedded in another page. */
  readonly isEmbedded: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    access: Access | null;
    /** The person who is signed in, if the session names one. */
    person: string | null;
  }
  interface FastifyContextConfig {
    access?: AccessRule;
    /** The route speaks Meta's dialect: bodies may be forms, and answers carry Graph's headers. */
    graph?: boolean;
    /** For a number at Meta, the request is passed on as it is. */
    passes?: boolean;
  }
}

/** The number of the path, which the route's rule has found. */
export function numberOf(request: FastifyRequest): NumberRecord {
  const number = request.access?.number;
  if (!number) throw new Error(`the route ${request.routeOptions.url} has no rule that finds its number`);
  return number;
}

/** The key of the request, which the route's rule has checked. */
export function keyOf(request: FastifyRequest): KeyRecord {
  const key = request.access?.key;
  if (key === undefined)
    throw new Error(`the route ${request.routeOptions.url} has no rule that asks for a key`);
  return key;
}

/** All numbers that the key of the request opens. */
export async function openNumbers(
  { store }: Services,
  request: FastifyRequest,
): Promise<readonly NumberRecord[]> {
  const key = keyOf(request);
  return (await store.numbers()).filter(({ id }) => opens(key, id));
}
