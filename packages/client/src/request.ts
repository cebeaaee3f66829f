import type { Attempts } from './attempts.ts';
import { BlockhouseError, ConnectionError, errorOf, type Failure, TimeoutError } from './errors.ts';
import { retryWaitMs } from './retry.ts';
import { type GraphError, platformProblemHeader, readPlatformProblem } from './wire/index.ts';

/** How a request is made; times and retries can be set for the client and for a single call. */
export interface RequestOptions {
  /** Ends the call, whatever it is doing; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Ends the call once the attempt in flight is answered, where `signal` would abandon it: nothing more is tried. A call of
   * several requests then rejects with an {@link AmbiguousOutcome} that says what is left.
   */
  readonly stop?: AbortSignal;
  /** Time for one attempt, in milliseconds. */
  readonly timeoutMs?: number;
  /** Time for the whole call with all its attempts and waits, in milliseconds. */
  readonly deadlineMs?: number;
  /** Attempts after the first; 0: none. */
  readonly retries?: number;
}

/** For calls that must not be repeated by themselves: no retries, unless the caller asks for some. */
export function once<Options extends RequestOptions>(
  options: Options,
): Options & { readonly retries: number } {
  return { ...options, retries: options.retries ?? 0 };
}

/** The options that are times and counts, and have defaults. */
type Times = Omit<RequestOptions, 'signal' | 'stop'>;

const defaults: Required<Times> = { timeoutMs: 10_000, deadlineMs: 120_000, retries: 4 };

/**
 * For lists that a Blockhouse server reads whole from Meta before it answers, for which it takes up to 60 seconds. A
 * client that gives up sooner and asks again makes the server start again.
 */
export const wholeListTimes = { timeoutMs: 75_000, deadlineMs: 160_000, retries: 1 } as const;

/** Where requests go. */
export interface Transport {
  readonly baseUrl: string;
  readonly token: string;
  readonly fetch: typeof fetch;
  readonly random: () => number;
  readonly source?: 'api' | 'cli' | 'panel';
  /** The default of the whole client. A call can override it. */
  readonly chosen: Partial<Required<Times>>;
}

/** How a transport is made. */
export interface TransportOptions extends Times {
  /** The access token or key. */
  readonly token: string;
  /** `https://graph.facebook.com` unless said otherwise; a Blockhouse server's address works the same. */
  readonly baseUrl?: string;
  readonly fetch?: typeof fetch;
  /** For the jitter of waits, between 0 and 1. */
  readonly random?: () => number;
  /** The program that Blockhouse records as the source: `api` by default. */
  readonly source?: 'api' | 'cli' | 'panel';
}

const metaUrl = 'https://graph.facebook.com';

/** @throws TypeError when the token or the address is missing or cannot be used. The token is never in its message. */
export function createTransport(options: TransportOptions): Transport {
  const { timeoutMs, deadlineMs, retries } = options;
  return {
    baseUrl: readBaseUrl(options).replace(/\/+$/, ''),
    token: readToken(options.token),
    // Bound, since browsers refuse a fetch that is called on another object.
    fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
    random: options.random ?? Math.random,
    ...(options.source !== undefined && { source: options.source }),
    chosen: defined({ timeoutMs, deadlineMs, retries }),
  };
}

function readToken(token: unknown): string {
  if (typeof token !== 'string' || token === '') {
    const got = token === '' ? 'an empty text' : String(token === null ? null : typeof token);
    throw new TypeError(
      `token must be an access token or key, got ${got}. If it comes from a variable of the environment, set that variable.`,
    );
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new TypeError(
      'token must consist of visible ASCII characters without spaces. Copy it whole, without line ends.',
    );
  }
  return token;
}

/** A missing address could send a key of Blockhouse to Meta: only where none is named it is Meta's. */
function readBaseUrl(options: TransportOptions): string {
  const baseUrl: unknown = 'baseUrl' in options ? options.baseUrl : metaUrl;
  const url = typeof baseUrl === 'string' && URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (typeof baseUrl !== 'string' || url === null || !/^https?:$/.test(url.protocol)) {
    // It may hold a password.
    const got =
      typeof baseUrl !== 'string' ? String(baseUrl) : /@/.test(baseUrl) ? 'another' : `"${baseUrl}"`;
    throw new TypeError(
      `baseUrl must be an http(s) address such as https://blockhouse.example.com, got ${got}. Leave it out for Meta.`,
    );
  }
  if (url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError('baseUrl must be an http(s) address without user, query and fragment.');
  }
  return baseUrl;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Sent as it is, with this type. */
  readonly text?: { readonly type: string; readonly content: string };
  /** The accepted type: JSON by default. Any other type is returned as text. */
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Times for this kind of call, where neither the client nor the caller names others. */
  readonly defaults?: Partial<Required<Times>>;
  /** Keeps whether the request may have been applied although it failed. */
  readonly attempts?: Attempts;
  /**
   * Is told when an attempt begins, and given the body of its answer as it comes. An error that they throw ends the
   * request as it is.
   */
  readonly onAttempt?: () => void;
  readonly onText?: (chunk: string) => void;
  /** Whether a body is an answer. Meta's API puts results into a 400 and errors into a 200, so the status alone says little. */
  readonly isAnswer: (body: unknown, status: number) => boolean;
}

/** The one way to the server: build, send, decide, wait. Answers the body. */
export async function request(
  transport: Transport,
  call: ApiRequest,
  options: RequestOptions = {},
): Promise<unknown> {
  const { signal, stop } = options;
  const { timeoutMs, deadlineMs, retries } = {
    ...defaults,
    ...call.defaults,
    ...transport.chosen,
    ...defined(options),
  };
  const content = contentOf(call);
  const startMs = performance.now();
  const leftMs = () => deadlineMs - (performance.now() - startMs);
  for (let retried = 0; ; retried++) {
    signal?.throwIfAborted();
    try {
      const timeMs = Math.min(timeoutMs, leftMs());
      return await attempt(transport, call, { content, signal, timeoutMs: timeMs });
    } catch (error) {
      signal?.throwIfAborted();
      // An error that a callback of the caller has thrown.
      if (!(error instanceof BlockhouseError)) throw error;
      call.attempts?.fail(error);
      const waitMs = retryWaitMs({ error, retried, retries, leftMs: leftMs(), random: transport.random() });
      if (waitMs === null || stop?.aborted) throw error;
      await pause(waitMs, { signal, stop });
      if (stop?.aborted) throw error;
    }
  }
}

/** Timers have 32 bits. */
const timerMaxMs = 2 ** 31 - 1;

async function attempt(
  transport: Transport,
  call: ApiRequest,
  {
    content,
    signal,
    timeoutMs,
  }: { content: string | undefined; signal: AbortSignal | undefined; timeoutMs: number },
): Promise<unknown> {
  const { method, path } = call;
  call.onAttempt?.();
  call.attempts?.begin();
  const timeout = AbortSignal.timeout(Math.min(Math.max(1, Math.ceil(timeoutMs)), timerMaxMs));
  const failureOf = (error: unknown): BlockhouseError => {
    if (error instanceof BlockhouseError) return error;
    return timeout.aborted
      ? new TimeoutError(`${method} ${path}: no answer within ${Math.ceil(timeoutMs)} ms`, { cause: error })
      : new ConnectionError(`${method} ${path}: the server could not be reached (${causeOf(error)})`, {
          cause: error,
        });
  };
  const send = async () =>
    await transport.fetch(urlOf(transport, call), {
      method,
      headers: headersOf(transport, call),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      ...(content !== undefined && { body: content }),
    });
  const response = await orFailure(send(), failureOf);
  const text = await readText(response, failureOf, response.ok ? call.onText : undefined);
  return readAnswer(call, response, text);
}

/** Only what the network does becomes an error of ours; what a caller's code throws stays what it is. */
async function orFailure<Value>(
  work: Promise<Value>,
  failureOf: (error: unknown) => BlockhouseError,
): Promise<Value> {
  return await work.catch((error: unknown) => {
    throw failureOf(error);
  });
}

function headersOf({ token, source }: Transport, call: ApiRequest): Record<string, string> {
  const type = call.text?.type ?? (call.body === undefined ? undefined : 'application/json');
  return {
    authorization: `Bearer ${token}`,
    accept: call.accept ?? 'application/json',
    ...(type !== undefined && { 'content-type': type }),
    // Only Blockhouse knows these.
    ...(source !== undefined && call.path.startsWith('/blockhouse/') && { 'x-blockhouse-source': source }),
    ...call.headers,
  };
}

function contentOf({ text, body }: ApiRequest): string | undefined {
  return text === undefined ? JSON.stringify(body) : text.content;
}

/** The whole body, handed on while it comes where somebody listens. Not `for await`: WebKit cannot iterate streams. */
async function readText(
  response: Response,
  failureOf: (error: unknown) => BlockhouseError,
  onText: ((chunk: string) => void) | undefined,
): Promise<string> {
  if (onText === undefined || response.body === null) return await orFailure(response.text(), failureOf);
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  const take = (chunk: string) => {
    text += chunk;
    onText(chunk);
  };
  try {
    while (true) {
      const { done, value } = await orFailure(reader.read(), failureOf);
      if (done) break;
      take(decoder.decode(value, { stream: true }));
    }
    take(decoder.decode());
    return text;
  } catch (error) {
    // Nobody reads on: the connection is let go. A stream that has failed already refuses that, which changes nothing.
    reader.cancel().catch(() => {});
    throw error;
  }
}

function urlOf({ baseUrl }: Transport, { path, query = {} }: ApiRequest): string {
  const parameters = new URLSearchParams(query).toString();
  return `${baseUrl}${path}${parameters === '' ? '' : `?${parameters}`}`;
}

function readAnswer(call: ApiRequest, response: Response, text: string): unknown {
  const body = call.accept === undefined || !response.ok ? parsed(text) : text;
  if (call.isAnswer(body, response.status)) return body;
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

/** The cause of an error of `fetch`, which itself says only "fetch failed". */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}

/** Waits, unless one of the signals ends it first. */
async function pause(
  waitMs: number,
  { signal, stop }: { signal: AbortSignal | undefined; stop: AbortSignal | undefined },
): Promise<void> {
  const signals = [signal, stop].filter((given) => given !== undefined);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(end, waitMs);
    function end() {
      clearTimeout(timer);
      for (const given of signals) given.removeEventListener('abort', end);
      resolve();
    }
    for (const given of signals) given.addEventListener('abort', end);
  });
  signal?.throwIfAborted();
}

/** The options that were given: an undefined one is not. */
function defined({ timeoutMs, deadlineMs, retries }: Maybe<Times>): Partial<Required<Times>> {
  return {
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(retries !== undefined && { retries }),
  };
}

type Maybe<Fields> = { readonly [Name in keyof Fields]: Fields[Name] | undefined };
