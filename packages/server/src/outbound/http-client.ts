import type { IncomingHttpHeaders } from 'node:http';
import type { LookupFunction } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { Agent, type Dispatcher, errors } from 'undici';

/** A request to another server. */
export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Buffer | Readable | null;
  /** Ends the request, or the response while its body arrives. */
  readonly signal: AbortSignal;
  /** Called when the request may have arrived: from then on, nobody can say that it did not. */
  readonly onReached?: () => void;
}

/** The head of a response, and its body as it arrives. The body must be read or destroyed. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

/** The other side has ended the connection, before a response or in the middle of one. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
  readonly code = 'ECONNRESET';
}

/** The other side has switched to another protocol, which nobody asked for. */
export class ProtocolSwitched extends Error {
  override readonly name = 'ProtocolSwitched';
  readonly status = 101;

  constructor(options: ErrorOptions) {
    super('it answered with status 101', options);
  }
}

/** How long a connection may take to open, in milliseconds. */
const connectTimeoutMs = 10_000;

/**
 * Requests to other servers over connections that stay open. Redirects are not followed. The caller's signal is the
 * deadline.
 */
export class HttpClient {
  readonly #agent: Agent;
  readonly #connectionsMax: number;
  #inUse = 0;

  /**
   * @param options.lookup resolves names, and refuses those that lead where nothing may go.
   * @param options.connectionsMax connections to one server that are open at a time. Further requests wait.
   */
  constructor({ lookup, connectionsMax }: { lookup: LookupFunction; connectionsMax: number }) {
    this.#connectionsMax = connectionsMax;
    this.#agent = new Agent({
      connections: connectionsMax,
      connect: { lookup, timeout: connectTimeoutMs },
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Whether all connections are in use, so that a request has to wait. */
  get isBusy(): boolean {
    return this.#inUse >= this.#connectionsMax;
  }

  /** Sends a request. Fulfilled when the head of the response is there. */
  send({ url, method, headers, body, signal, onReached }: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      let isInUse = false;
      const exchange = new Exchange({
        signal,
        onReached: () => {
          isInUse = true;
          this.#inUse++;
          onReached?.();
        },
        onResponse: resolve,
        onEnd: (error) => {
          if (isInUse) this.#inUse--;
          isInUse = false;
          if (error !== null) reject(error);
        },
      });
      const request = {
        origin: url.origin,
        path: url.pathname + url.search,
        method: method as Dispatcher.HttpMethod,
        headers: headers as Record<string, string | string[]>,
        body: body instanceof Readable ? detached(body) : body,
        // Otherwise a DELETE with a body would cost a connection.
        reset: false,
      };
      this.#agent.dispatch(request, exchange);
    });
  }

  /** Ends all connections, and the requests on them. */
  close(): void {
    void this.#agent.destroy(new Error('the server is closing'));
  }
}

/** One request and its response, as undici reports them. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal;
  readonly #onReached: () => void;
  readonly #onResponse: (response: HttpResponse) => void;
  readonly #onEnd: (error: Error | null) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #body: Readable | null = null;

  /**
   * @param options.onEnd called once: with the error that has ended the exchange, or null when the response is
   * complete.
   */
  constructor(options: {
    signal: AbortSignal;
    onReached: () => void;
    onResponse: (response: HttpResponse) => void;
    onEnd: (error: Error | null) => void;
  }) {
    this.#signal = options.signal;
    this.#onReached = options.onReached;
    this.#onResponse = options.onResponse;
    this.#onEnd = options.onEnd;
    this.#signal.addEventListener('abort', this.#abort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // The request has waited for a connection, and is not wanted any more.
    if (this.#signal.aborted) {
      controller.abort(this.#signal.reason);
      return;
    }
    this.#controller = controller;
    this.#onReached();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 100) controller.abort(new Error(`it answered with status ${status}`));
    // After an informational response, the final one follows.
    if (status < 200) return;
    const body = new Readable({
      read: () => controller.resume(),
      destroy: (error, done) => {
        controller.abort(error ?? new Error('the response is not read any further'));
        done(error);
      },
    });
    // The reader of the body gets its error. A body that nobody reads must not end the process.
    body.on('error', () => {});
    this.#body = body;
    this.#onResponse({ status, headers: readHeaders(controller.rawHeaders), body });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#body?.push(chunk) === false) controller.pause();
  }

  onResponseEnd(): void {
    this.#end(null);
    this.#body?.push(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, cause: Error): void {
    const error = cause instanceof errors.SocketError ? lost(cause, this.#body !== null) : cause;
    this.#end(error);
    this.#body?.destroy(error);
  }

  readonly #abort = (): void => {
    const { reason } = this.#signal;
    // Without a controller the request waits for a connection, and undici cannot be told.
    if (this.#controller === null) this.#end(reason);
    else this.#controller.abort(reason);
  };

  #end(error: Error | null): void {
    this.#signal.removeEventListener('abort', this.#abort);
    this.#onEnd(error);
  }
}

function lost(cause: Error, isInBody: boolean): Error {
  if (cause.message === 'bad upgrade') return new ProtocolSwitched({ cause });
  const text = isInBody ? 'the response was cut off' : 'the connection ended without an answer';
  return new ConnectionLost(text, { cause });
}

/**
 * A body that may be ended without its source. A source that fails ends the request. A server that does not read on
 * does not end the source: the rest of it is read and dropped.
 */
function detached(source: Readable): Readable {
  const body = new PassThrough();
  source.once('error', (error) => body.destroy(error));
  body.once('close', () => source.unpipe(body).resume());
  return source.pipe(body);
}

/** Headers of which Node keeps the first, where a response has several (Node.js, `message.headers`). */
const singleHeaders: ReadonlySet<string> = new Set(
  `age authorization content-length content-type etag expires from host if-modified-since if-unmodified-since last-modified
   location max-forwards proxy-authorization referer retry-after server user-agent`.split(/\s+/),
);

/** Headers as Node reads them: bytes as Latin-1, so that they are passed on as they came. */
function readHeaders(raw: Dispatcher.DispatchController['rawHeaders']): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {};
  const texts = Array.isArray(raw) ? raw.map((text) => text.toString('latin1')) : [];
  for (let index = 0; index + 1 < texts.length; index += 2) {
    const name = (texts[index] ?? '').toLowerCase();
    const value = texts[index + 1] ?? '';
    const before = headers[name];
    if (name === 'set-cookie') headers[name] = [...(headers[name] ?? []), value];
    else if (before === undefined) headers[name] = value;
    else if (!singleHeaders.has(name)) headers[name] = `${before}, ${value}`;
  }
  return headers;
}
