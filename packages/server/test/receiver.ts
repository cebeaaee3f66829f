import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { listen } from '../../../tools/listen.ts';
import { within } from './waiting.ts';

/** A webhook that a receiver has received. */
export interface Received {
  readonly path: string;
  readonly signature: string;
  readonly raw: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of every shape.
  readonly value: any;
}

export const verifyToken = 'let me in';
export const appSecret = 'app secret';

type Answer = (request: IncomingMessage, response: ServerResponse, received: Received) => void;

/**
 * The webhook receiver of a business. It passes the handshake, and responds with 200 unless the test changes
 * that.
 */
export async function startReceiver(t: Pick<TestContext, 'after'>, answer?: Answer) {
  const received: Received[] = [];
  const arrivals: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://x');
    if (request.method === 'GET') {
      const isKnown = url.searchParams.get('hub.verify_token') === verifyToken;
      response.writeHead(isKnown ? 200 : 403).end(url.searchParams.get('hub.challenge'));
      return;
    }
    let raw = '';
    request.setEncoding('latin1');
    for await (const chunk of request) raw += chunk;
    const signature = String(request.headers['x-hub-signature-256']);
    const value = JSON.parse(raw).entry[0].changes[0].value;
    const one = { path: url.pathname, signature, raw, value };
    received.push(one);
    for (const arrive of arrivals.splice(0)) arrive();
    if (answer === undefined) response.end();
    else answer(request, response, one);
  });
  const address = await listen(t, server);
  return {
    url: `${address}/hook`,
    received,
    /** Resolves after `count` webhooks have arrived. */
    async until(count: number): Promise<void> {
      const arrive = async () => {
        while (received.length < count) await new Promise<void>((resolve) => arrivals.push(resolve));
      };
      await within(() => `${count} webhooks arrived; ${received.length} did`, arrive());
    },
    webhook(path = '') {
      return {
        webhook: {
          url: `${address}/hook${path}`,
          app_secret: appSecret,
          verify_token: verifyToken,
        },
      };
    },
  };
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;
