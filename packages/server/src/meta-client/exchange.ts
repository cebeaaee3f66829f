import { type Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { type Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';

/** Connections to one platform, as long as they are kept. */
export interface Connections {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  readonly lookup: LookupFunction;
}

/** One request. */
export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Buffer | Readable | null;
  readonly signal: AbortSignal;
  /** Called when it may have arrived: from then on nobody can say that it was not. */
  readonly onReached: () => void;
}

/** How long the body is; Node says it by itself only for methods that usually have one. */
function framing(body: Exchange['body'], headers: Exchange['headers']): Record<string, string> {
  if (typeof body === 'string' || Buffer.isBuffer(body))
    return { 'content-length': String(Buffer.byteLength(body)) };
  return body === null || 'content-length' in headers ? {} : { 'transfer-encoding': 'chunked' };
}

/** Sends a request and answers with the head of the response; the body has not been read. Redirects are not followed. */
export function exchange(
  { http, https, lookup }: Connections,
  { url, method, headers, body, signal, onReached }: Exchange,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const isTls = url.protocol === 'https:';
    const request = (isTls ? httpsRequest : httpRequest)(url, {
      method,
      headers: { ...headers, ...framing(body, headers) } as Record<string, string | string[]>,
      agent: isTls ? https : http,
      lookup,
      signal,
    });
    request.on('socket', (socket) => {
      if (!socket.connecting) onReached();
      else socket.once(isTls ? 'secureConnect' : 'connect', onReached);
    });
    // A request that still waits for a connection is not told by itself that it was given up.
    const giveUp = () => reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    request.on('close', () => signal.removeEventListener('abort', giveUp));
    request.on('response', (response) => {
      if ((response.statusCode ?? 0) >= 200) return resolve(response);
      response.destroy();
      reject(new Error(`it answered with status ${response.statusCode}`));
    });
    request.on('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new Error('it answered with status 101'));
    });
    // Any other end without an answer: a promise that never settles would keep its place.
    request.on('close', () => reject(new Error('the connection ended without an answer')));
    request.on('error', reject);
    if (body === null || typeof body === 'string' || Buffer.isBuffer(body)) {
      request.end(body ?? undefined);
      return;
    }
    // A caller that disconnects ends the request. A platform that stops reading does not end its caller.
    body.once('error', (error) => request.destroy(error));
    request.once('close', () => body.unpipe(request).resume());
    body.pipe(request);
  });
}
