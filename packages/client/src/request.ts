import { BlockhouseError, ConnectionError, errorOf, type Failure, TimeoutError } from './errors.ts';
import { retryWaitMs } from './retry.ts';
import type { GraphError } from './wire/index.ts';

/** How a request is made; each can be set for the client and for a single call. */
export interface RequestOptions {
  /** Ends the call, whatever it is doing; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Time for one attempt, in milliseconds. */
  readonly timeoutMs?: number;
  /** Time for the whole call with all its attempts and waits, in milliseconds. */
  readonly deadlineMs?: number;
  /** Attempts after the first; 0: none. */
  readonly retries?: number;
}

/** Where requests go. */
export interface Transport {
  readonly baseUrl: string;
  readonly token: string;
  readonly fetch: typeof fetch;
  readonly random: () => number;
  readonly defaults: Required<Omit<RequestOptions, 'signal'>>;
}

/** How a transport is made. */
export interface TransportOptions extends Omit<RequestOptions, 'signal'> {
  /** The access token or key. */
  readonly token: string;
  /** `https://graph.facebook.com` unless said otherwise; a Blockhouse server's address works the same. */
  readonly baseUrl?: string;
  readonly fetch?: typeof fetch;
  /** For the jitter of waits, between 0 and 1. */
  readonly random?: () => number;
}

export function createTransport(options: TransportOptions): Transport {
  const { token, baseUrl = 'https://graph.facebook.com' } = options;
  return {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    token,
    // Bound, since browsers refuse a fetch that is called on another object.
    fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
    random: options.random ?? Math.random,
    defaults: {
      timeoutMs: options.timeoutMs ?? 10_000,
      deadlineMs: options.deadlineMs ?? 120_000,
      retries: options.retries ?? 4,
    },
  };
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Whether a body is an answer, whatever its status: the API puts results into a 400, and errors into a 200. */
  readonly isAnswer: (body: unknown) => boolean;
}

/** The one way to the server: build, send, decide, wait. Answers the body. */
export async function request(
  transport: Transport,
  call: ApiRequest,
  options: RequestOptions = {},
): Promise<unknown> {
  const { signal } = options;
  const { timeoutMs, deadlineMs, retries } = { ...transport.defaults, ...defined(options) };
  const startMs = performance.now();
  const leftMs = () => deadlineMs - (performance.now() - startMs);
  for (let retried = 0; ; retried++) {
    signal?.throwIfAborted();
    try {
      return await attempt(transport, call, { signal, timeoutMs: Math.min(timeoutMs, leftMs()) });
    } catch (error) {
      signal?.throwIfAborted();
      const waitMs = retryWaitMs({ error, retried, retries, leftMs: leftMs(), random: transport.random() });
      if (waitMs === null) throw error;
      await pause(waitMs, signal);
    }
  }
}

async function attempt(
  transport: Transport,
  call: ApiRequest,
  { signal, timeoutMs }: { signal: AbortSignal | undefined; timeoutMs: number },
): Promise<unknown> {
  const { method, path } = call;
  const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
  try {
    const response = await transport.fetch(urlOf(transport, call), {
      method,
      headers: {
        authorization: `Bearer ${transport.token}`,
        accept: 'application/json',
        ...(call.body !== undefined && { 'content-type': 'application/json' }),
      },
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
    });
    return readAnswer(call, response, await response.text());
  } catch (error) {
    if (error instanceof BlockhouseError || signal?.aborted) throw error;
    if (timeout.aborted)
      throw new TimeoutError(`${method} ${path}: no answer within ${Math.ceil(timeoutMs)} ms`, {
        cause: error,
      });
    throw new ConnectionError(`${method} ${path}: the server could not be reached (${causeOf(error)})`, {
      cause: error,
    });
  }
}

function urlOf({ baseUrl }: Transport, { path, query = {} }: ApiRequest): string {
  const parameters = new URLSearchParams(query).toString();
  return `${baseUrl}${path}${parameters === '' ? '' : `?${parameters}`}`;
}

function readAnswer(call: ApiRequest, response: Response, text: string): unknown {
  const body = parsed(text);
  if (call.isAnswer(body)) return body;
  const failure: Failure = {
    method: call.method,
    path: call.path,
    status: response.status,
    error: graphErrorOf(body),
    body: body ?? text,
    retryAfterMs: retryAfterMs(response.headers),
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

/** `Retry-After` is a number of seconds, or a date by the server's own clock. */
function retryAfterMs(headers: Headers): number | null {
  const text = headers.get('retry-after');
  if (text === null) return null;
  const seconds = Number(text);
  const waitMs = Number.isFinite(seconds)
    ? seconds * 1000
    : Date.parse(text) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(waitMs) ? null : Math.max(0, waitMs);
}

/** What went wrong below `fetch`, which itself says only "fetch failed". */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}

/** Waits, unless the signal ends it first. */
function pause(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, waitMs);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** The options that were given: an undefined one is not. */
function defined(options: RequestOptions): Partial<Transport['defaults']> {
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => name !== 'signal' && value !== undefined),
  );
}
