import type { Actor, Source } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { keyOf } from './access.ts';
import { invalid, shown } from './errors.ts';

/** Who clicked, where the key stands for several people; a text of at most so many characters. */
const personHeader = 'x-blockhouse-person';
const personLengthMax = 200;

/** Through what the request came; our own clients say so. */
const sourceHeader = 'x-blockhouse-source';
const sources: readonly string[] = ['api', 'panel', 'cli'] satisfies Source[];

/** Who asks, and through what, as the activity keeps it. */
export function actorOf(request: FastifyRequest): Actor {
  return {
    keyId: keyOf(request).id,
    person: request.person ?? personOf(request),
    source: sourceOf(request),
  };
}

/** Headers carry bytes; a name in any script goes in percent-encoding. */
function personOf({ headers }: FastifyRequest): string | null {
  const value = headers[personHeader];
  if (typeof value !== 'string') return null;
  let person = value;
  try {
    person = decodeURIComponent(value);
  } catch {
    // A name with a percent sign of its own.
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
