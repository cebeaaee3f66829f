import type { Readable } from 'node:stream';
import { HttpClient, ProtocolSwitched } from '../outbound/http-client.ts';
import { checkLiteral, guardedLookup } from '../outbound/ssrf-guard.ts';
import { readTarget, type TargetPolicy } from '../outbound/target-policy.ts';

/** The answer of a receiver. */
export interface Reply {
  readonly status: number;
  /** The beginning of its body. */
  readonly text: string;
}

/** No more of an answer than this is read: the status is what counts. */
const replyBytesMax = 16 * 1024;

/** Connections to one receiver that are open at a time. */
const connectionsMax = 256;

/**
 * Sends requests to receivers of webhooks. The address is checked when the connection is made, after the name was
 * resolved, so that no name can lead inside. One deadline covers the request and its response.
 */
export class ReceiverClient {
  readonly #policy: TargetPolicy;
  readonly #client: HttpClient;
  readonly #timeoutMs: number;

  constructor({ policy, timeoutMs }: { policy: TargetPolicy; timeoutMs: number }) {
    this.#policy = policy;
    this.#client = new HttpClient({ lookup: guardedLookup(policy), connectionsMax });
    this.#timeoutMs = timeoutMs;
  }

  /** @throws Error a message that names the problem: refused, unreachable, too slow, cut off. */
  async ask(
    target: string,
    options: {
      method: 'GET' | 'POST';
      headers?: Readonly<Record<string, string>>;
      body?: string;
      signal?: AbortSignal;
    },
  ): Promise<Reply> {
    const url = readTarget(target);
    checkLiteral(url, this.#policy);
    const { method, headers = {}, body = null, signal } = options;
    const deadline = AbortSignal.timeout(this.#timeoutMs);
    try {
      const response = await this.#client.send({
        url,
        method,
        headers: { 'user-agent': 'Blockhouse', accept: '*/*', ...headers },
        body,
        signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
      });
      return { status: response.status, text: await readBeginning(response.body) };
    } catch (error) {
      if (error instanceof ProtocolSwitched) return { status: error.status, text: '' };
      throw deadline.aborted ? new Error(`no answer within ${this.#timeoutMs} ms`) : error;
    }
  }

  close(): void {
    this.#client.close();
  }
}

async function readBeginning(body: Readable): Promise<string> {
  let text = '';
  body.setEncoding('latin1');
  try {
    for await (const chunk of body) {
      text += chunk;
      // Leaving the loop ends the connection. A receiver that keeps sending is ignored.
      if (text.length > replyBytesMax) break;
    }
  } catch {
    // The status has arrived. A body that is cut off changes nothing.
  }
  return text.slice(0, replyBytesMax);
}
