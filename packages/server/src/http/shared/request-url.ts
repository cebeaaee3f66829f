import type { FastifyRequest } from 'fastify';

/** The path of a request without its query. A proxy may send the URL in absolute form. */
export function pathOf(request: FastifyRequest): string {
  const { url } = request;
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  return path.startsWith('/') ? path : path.replace(/^https?:\/\/[^/]*/i, '');
}

/**
 * A parameter of the query, or of parameters that were read from a body. If it is given several times, the last value counts. An
 * empty parameter counts as absent.
 */
export function parameterOf(query: unknown, name: string): string | null {
  const value = (query as Readonly<Record<string, unknown>>)[name];
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  if (typeof last === 'number') return String(last);
  return typeof last === 'string' && last !== '' ? last : null;
}
