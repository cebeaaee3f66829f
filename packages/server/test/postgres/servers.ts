import type { TestContext } from 'node:test';
import { type Answer, demoNumber } from '../harness.ts';
import { type ServerProcess, startProcess } from '../process.ts';

/** A server in a process of its own, and how to ask it. */
export interface Member extends ServerProcess {
  readonly key: string;
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  block(...users: readonly (string | number)[]): ReturnType<Member['call']>;
  unblock(...users: readonly (string | number)[]): ReturnType<Member['call']>;
  write(...users: readonly (string | number)[]): ReturnType<Member['call']>;
}

/** Starts sandboxes over one database, each in a process of its own; they go when the test ends. */
export async function startMembers(
  t: Pick<TestContext, 'after'>,
  store: string,
  { count = 2, env = {} }: { count?: number; env?: Readonly<Record<string, string>> } = {},
): Promise<Member[]> {
  const members: Member[] = [];
  // The first one makes the number and the key that the others find.
  for (let made = 0; made < count; made++) members.push(await startMember(t, store, env));
  return members;
}

export async function startMember(
  t: Pick<TestContext, 'after'>,
  store: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Member> {
  const started = await startProcess({
    env: { BLOCKHOUSE_STORE: store, BLOCKHOUSE_RATE_LIMIT: 'off', ...env },
  });
  t.after(() => started.end('SIGKILL'));
  const key = /pk_test_[\w-]{43}/.exec(started.banner)?.[0] ?? '';
  const call: Member['call'] = async (method, path, body) => {
    const response = await fetch(started.url + path, {
      method,
      headers: { 'x-api-key': key, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  const change = (method: string, users: readonly (string | number)[]) =>
    call(method, `/${demoNumber}/block_users`, {
      messaging_product: 'whatsapp',
      block_users: users.map((user) => ({ user: String(user) })),
    });
  return {
    ...started,
    key,
    call,
    block: (...users) => change('POST', users),
    unblock: (...users) => change('DELETE', users),
    write: (...users) =>
      call('POST', `/blockhouse/v1/numbers/${demoNumber}/inbound`, {
        messages: users.map((from) => ({ from: String(from) })),
      }),
  };
}
