import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { Recorded } from './scenarios.ts';

/** A server that gives recorded answers, as Graph does to pages of any origin. */
export interface Stub {
  readonly url: string;
  /** From here on these, in order; the last one is repeated. */
  answer(answers: readonly Recorded[]): void;
}

export async function startStub(t: Pick<TestContext, 'after'>): Promise<Stub> {
  let answers: readonly Recorded[] = [];
  let given = 0;
  const server = createServer((request, response) => {
    const cors = {
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization, content-type, idempotency-key',
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-expose-headers': 'retry-after',
    };
    if (request.method === 'OPTIONS') {
      response.writeHead(204, cors).end();
      return;
    }
    request.resume();
    // Meta has nothing of Blockhouse's own, and nobody is looked up there.
    if (request.method === 'GET' && request.url?.startsWith('/blockhouse/')) {
      const error = { code: 2500, message: `Unknown path components: ${request.url}` };
      response.writeHead(400, { 'content-type': 'application/json', ...cors });
      response.end(JSON.stringify({ error }));
      return;
    }
    const {
      status = 200,
      headers = {},
      body,
    } = answers[Math.min(given++, answers.length - 1)] ?? { body: '' };
    response.writeHead(status, { 'content-type': 'application/json', ...cors, ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  t.after(() => server.closeAllConnections());
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer(next) {
      answers = next;
      given = 0;
    },
  };
}
