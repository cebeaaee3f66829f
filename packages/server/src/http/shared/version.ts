import { versions } from '@blockhouse/client/wire';
import type { FastifyRequest } from 'fastify';

/** The API versions that this server speaks: `v13.0` and later. */
const known: ReadonlySet<string> = new Set(
  Array.from(
    { length: versions.newestMajor - versions.oldestMajor + 1 },
    (_, index) => `v${versions.oldestMajor + index}.0`,
  ),
);

/** Whether a path component is an API version that this server speaks. */
export function isKnownVersion(text: string): boolean {
  return known.has(text);
}

/** The API version that the path of a request names; null: none. */
export function versionOf(request: FastifyRequest): string | null {
  const { version = null } = request.params as { readonly version?: string };
  return version;
}
