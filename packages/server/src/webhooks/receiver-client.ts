import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { checkLiteral, guardedLookup } from '../outbound/ssrf-guard.ts';
import { readTarget, type TargetPolicy } from '../outbound/target-policy.ts';

/** The answer of a receiver. */
export interface Reply {
  readonly status: number;
  /** The beginning of its body. */
  readonly text: string;
}

/** Of an answer no more than this is read: the status is what counts. */
const replyBytesMax = 4096;

/**
 * Asks receivers. The address is checked when the connection is made, after the name was resolved, so that no name can
 * lead inside; redirects are not followed; the whole exchange has one deadline.
 */
export class ReceiverClient {
  readonly #policy: TargetPolicy;
  readonly #lookup: LookupFunction;
  readonly #timeoutMs: number;
  readonly #http = new HttpAgent({ keepAlive: true });
  readonly #https = new HttpsAgent({ keepAlive: true });

  constructor(options: { policy: TargetPolicy; timeoutMs: number }) {
    this.#policy = options.policy;
    this.#lookup = guardedLookup(options.policy);
    this.#timeoutMs = options.timeoutMs;
  }

  /** @throws Error a message that names the problem: refused, unreachable, too slow, cut off. */
  ask(
    target: string,
    options: {
      method: 'GET' | 'POST';
      headers?: Readonly<Record<string, string>>;
      body?: string;
      signal?: AbortSignal;
    },
  ): Promise<Reply> {
    const { method, headers = {}, body, signal } = options;
    return new Promise((resolve, reject) => {
      const url = readTarget(target);
      checkLiteral(url, this.#policy);
      const isTls = url.protocol === 'https:';
      const deadline = AbortSignal.timeout(this.#timeoutMs);
      const request = (isTls ? httpsRequest : httpRequest)(url, {
        method,
        headers: { 'user-agent': 'Blockhouse', accept: '*/*', ...headers },
        agent: isTls ? this.#https : this.#http,
        lookup: this.#lookup,
        signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
      });
      request.on('response', (response) => resolve(readReply(response)));
      request.on('upgrade', (_response, socket) => {
        socket.destroy();
        reject(new Error('status 101; only 200 acknowledges'));
      });
      // Any other end without an answer: a promise that never settles would keep its place.
      request.on('close', () => reject(new Error('the connection ended without an answer')));
      request.on('error', (error) => {
        const tooSlow = deadline.aborted ? new Error(`no answer within ${this.#timeoutMs} ms`) : error;
        reject(tooSlow);
      });
      request.end(body);
    });
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

async function readReply(response: IncomingMessage): Promise<Reply> {
  const status = response.statusCode ?? 0;
  let text = '';
  response.setEncoding('latin1');
  try {
    for await (const chunk of response) {
      text += chunk;
      // Leaving the loop ends the connection. A receiver that keeps sending is ignored.
      if (text.length > replyBytesMax) break;
    }
  } catch {
    // The status has arrived; a body that is cut off changes nothing.
  }
  return { status, text: text.slice(0, replyBytesMax) };
}
