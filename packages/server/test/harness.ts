import type { TestContext } from 'node:test';
import { type Config, createServer, readConfig } from '@blockhouse/server';
import { testStoreUrl } from './test-store.ts';

/** The demo number of the sandbox. */
export const demoNumber = '106540352242922';

/** The admin key of servers without the sandbox. */
export const adminKey = 'an_admin_key_of_a_server_that_is_no_sandbox';

/** A response with its body as JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of every shape.
  readonly body: any;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string | null;
}

/** The configuration of a sandbox for tests. */
export function serverConfig(): Config {
  return readConfig(
    {
      PORT: '0',
      BLOCKHOUSE_STORE: testStoreUrl(),
      BLOCKHOUSE_LOG: 'silent',
      BLOCKHOUSE_RATE_LIMIT: 'off',
    },
    { sandbox: true },
  );
}

/** Starts a server on a free port with a store of its own. The server is closed when the test ends. */
export async function startServer(t: Pick<TestContext, 'after'>, over: Partial<Config> = {}) {
  const server = await createServer({ ...serverConfig(), ...over });
  t.after(() => server.close());
  const url = await server.listen();
  const ownKey = over.adminKey ?? server.demoKey ?? '';

  /** Sends JSON with the admin key, or with another key. */
  async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const { body, headers, key = ownKey } = options;
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parsed(text) };
  }

  const path = `/v25.0/${demoNumber}/block_users`;
  return {
    server,
    url,
    key: ownKey,
    call,
    block: (...users: string[]) => call('POST', path, { body: blockBody(...users) }),
    unblock: (...users: string[]) => call('DELETE', path, { body: blockBody(...users) }),
    list: (query = '') => call('GET', path + query),
    /** Sends messages from users to the demo number, which opens their windows. */
    write: (...users: string[]) =>
      call('POST', `/blockhouse/v1/numbers/${demoNumber}/inbound`, {
        body: { messages: users.map((from) => ({ from, type: 'text' })) },
      }),
    advance: (span: string) => call('POST', '/sandbox/clock', { body: { advance: span } }),
  };
}

export type Running = Awaited<ReturnType<typeof startServer>>;

export function blockBody(...users: string[]) {
  return { messaging_product: 'whatsapp', block_users: users.map((user) => ({ user })) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
