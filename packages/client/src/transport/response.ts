import { errorOf, type Failure } from '../errors.ts';
import { type GraphError, platformProblemHeader, readPlatformProblem } from '../wire/index.ts';
import type { ApiRequest } from './api-request.ts';

/** Reads a response. @returns its body. @throws BlockhouseError when it is not a success of this request. */
export function readResponse(call: ApiRequest, response: Response, text: string): unknown {
  const body = call.accept === undefined || !response.ok ? parsed(text) : text;
  if (call.isSuccess(body, response.status)) return body;
  const failure: Failure = {
    method: call.method,
    path: call.path,
    status: response.status,
    error: graphErrorOf(body),
    body: body ?? text,
    retryAfterMs: retryAfterMs(response.headers),
    platformProblem: readPlatformProblem(response.headers.get(platformProblemHeader)),
  };
  throw errorOf(failure);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function graphErrorOf(body: unknown): Partial<GraphError> | null {
  const error = typeof body === 'object' && body !== null ? (body as { error?: unknown }).error : undefined;
  return typeof error === 'object' && error !== null ? (error as Partial<GraphError>) : null;
}

/**
 * The wait that the server asks for, in milliseconds. `Retry-After` is a number of seconds, or a date, which
 * is compared with the server's own `Date` (RFC 9110, sections 10.2.3 and 6.6.1).
 */
function retryAfterMs(headers: Headers): number | null {
  const text = headers.get('retry-after');
  if (text === null) return null;
  const seconds = Number(text);
  const waitMs = Number.isFinite(seconds)
    ? seconds * 1000
    : Date.parse(text) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(waitMs) ? null : Math.max(0, waitMs);
}
