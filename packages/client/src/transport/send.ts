import { BlockhouseError, ConnectionError, TimeoutError } from '../errors.ts';
import type { ApiRequest } from './api-request.ts';
import { readResponse } from './response.ts';
import type { Transport } from './transport.ts';

/** The longest time that a timer accepts: it has 32 bits. */
const timerMaxMs = 2 ** 31 - 1;

interface Attempt {
  /** The body of the request. */
  readonly content: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/** Makes one attempt of a request. @returns the body of the response. */
export async function send(
  transport: Transport,
  call: ApiRequest,
  { content, signal, timeoutMs }: Attempt,
): Promise<unknown> {
  call.onAttempt?.();
  call.attempts?.begin();
  const timeout = AbortSignal.timeout(Math.min(Math.max(1, Math.ceil(timeoutMs)), timerMaxMs));
  const failureOf = (error: unknown) =>
    networkError(error, call, timeout.aborted ? Math.ceil(timeoutMs) : null);
  const fetching = async () =>
    await transport.fetch(urlOf(transport, call), {
      method: call.method,
      headers: headersOf(transport, call),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      ...(content !== undefined && { body: content }),
    });
  const response = await orFailure(fetching(), failureOf);
  const text = await readText(response, failureOf, response.ok ? call.onText : undefined);
  return readResponse(call, response, text);
}

/** The body of a request. @throws TypeError when it cannot be written as JSON. */
export function contentOf({ text, body }: ApiRequest): string | undefined {
  return text === undefined ? JSON.stringify(body) : text.content;
}

function urlOf({ baseUrl }: Transport, { path, query = {} }: ApiRequest): string {
  const parameters = new URLSearchParams(query).toString();
  return `${baseUrl}${path}${parameters === '' ? '' : `?${parameters}`}`;
}

function headersOf({ token, source }: Transport, call: ApiRequest): Record<string, string> {
  const type = call.text?.type ?? (call.body === undefined ? undefined : 'application/json');
  return {
    authorization: `Bearer ${token}`,
    accept: call.accept ?? 'application/json',
    ...(type !== undefined && { 'content-type': type }),
    // Only Blockhouse has this header.
    ...(source !== undefined && call.path.startsWith('/blockhouse/') && { 'x-blockhouse-source': source }),
    ...call.headers,
  };
}

type FailureOf = (error: unknown) => BlockhouseError;

/**
 * The whole body, passed to `onText` as it arrives. The stream is read by hand, because WebKit does not
 * support `for await` on streams.
 */
async function readText(
  response: Response,
  failureOf: FailureOf,
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
    // Nothing reads the rest, so the connection is released. A stream that has failed rejects this, without
    // effect.
    reader.cancel().catch(() => {});
    throw error;
  }
}

/** Turns failures of the network into errors of the SDK. An error that a callback throws stays unchanged. */
async function orFailure<Value>(work: Promise<Value>, failureOf: FailureOf): Promise<Value> {
  return await work.catch((error: unknown) => {
    throw failureOf(error);
  });
}

/** @param timedOutMs the time that has expired; null if the connection failed before. */
function networkError(
  error: unknown,
  { method, path }: ApiRequest,
  timedOutMs: number | null,
): BlockhouseError {
  if (error instanceof BlockhouseError) return error;
  const options = { cause: error };
  return timedOutMs === null
    ? new ConnectionError(`${method} ${path}: the server could not be reached (${causeOf(error)})`, options)
    : new TimeoutError(`${method} ${path}: no answer within ${timedOutMs} ms`, options);
}

/** The cause of an error of `fetch`, whose own message is only "fetch failed". */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
