import { versions } from '@blockhouse/client/wire';
import type { FastifyRequest } from 'fastify';

/** Whether a path component is an API version that this server speaks: `v13.0` and later. */
export function isKnownVersion(text: string): boolean {
  const major = Number(/^v(\d{1,2})\.0$/.exec(text)?.[1]);
  return major >= versions.oldestMajor && major <= versions.newestMajor;
}

/** The API version that the path of a request names; null: none. */
export function versionOf(request: FastifyRequest): string | null {
  const { version = null } = request.params as { readonly version?: string };
  return version;
}
