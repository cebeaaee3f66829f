import type { IncomingHttpHeaders } from 'node:http';
import type { UncertainError } from '@blockhouse/client/wire';

/** An error as Graph writes it; nothing in it is certain. */
export interface GraphErrorBody extends UncertainError {
  readonly fbtrace_id?: unknown;
}

/**
 * The statement of the API itself, or null if the text is not its own: a proxy's page, half an answer, nothing.
 */
export function readGraphError(text: string): { readonly error: GraphErrorBody | null } | null {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof body !== 'object' || body === null) return null;
  const { error, block_users, data } = body as {
    error?: GraphErrorBody | null;
    block_users?: unknown;
    data?: unknown;
  };
  // A proxy speaks JSON as well.
  if (typeof error?.code !== 'number' && block_users === undefined && data === undefined) return null;
  return { error: error ?? null };
}

/**
 * For how long the platform wants no request, in milliseconds; null: it does not say. `Retry-After` is in seconds; the usage
 * header names minutes until access comes back (Meta, "Rate limits").
 */
export function pauseIn(headers: IncomingHttpHeaders): number | null {
  const seconds = Number(headers['retry-after']);
  if (seconds > 0) return seconds * 1000;
  const minutes = [
    ...String(headers['x-business-use-case-usage'] ?? '').matchAll(
      /"estimated_time_to_regain_access":\s*(\d{1,6})/g,
    ),
  ].map(([, found]) => Number(found));
  const most = Math.max(0, ...minutes);
  return most === 0 ? null : most * 60_000;
}
