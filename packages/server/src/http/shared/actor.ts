import type { Actor, Source } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { keyOf } from './access.ts';
import { invalid, shown } from './errors.ts';

/** The person behind a request, if several people share the key, and the longest name. */
const personHeader = 'x-blockhouse-person';
const personLengthMax = 200;

/** The client that sent the request. Our own clients name themselves. */
const sourceHeader = 'x-blockhouse-source';
const sources: readonly string[] = ['api', 'panel', 'cli'] satisfies Source[];

/** The sender of the request and the client, for the activity log. */
export function actorOf(request: FastifyRequest): Actor {
  return {
    keyId: keyOf(request).id,
    person: request.person ?? personOf(request),
    source: sourceOf(request),
  };
}

/** A header contains bytes, so a name in any script is percent-encoded. */
function personOf({ headers }: FastifyRequest): string | null {
  const value = headers[personHeader];
  if (typeof value !== 'string') return null;
  let person = value;
  try {
    person = decodeURIComponent(value);
  } catch {
    // The name has a percent sign of its own.
  }
  return [...person.trim()].slice(0, personLengthMax).join('') || null;
}

function sourceOf({ headers }: FastifyRequest): Source {
  const value = headers[sourceHeader];
  if (value === undefined) return 'api';
  if (typeof value === 'string' && sources.includes(value)) return value as Source;
  throw invalid(
    `Header ${sourceHeader} must be one of {${sources.join(', ')}} - got "${shown(String(value))}".`,
  );
}
