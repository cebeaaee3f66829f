import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '../../../tools/child-environment.ts';
import { type Answer, blockBody, demoNumber } from './harness.ts';
import { within } from './waiting.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** A server in its own process, for tests that start, stop, or kill it. */
export interface ServerProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly banner: string;
  /** Sends a signal. Returns the exit code and the signal of the process. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export interface Start {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** A command that runs the server: its arguments are the program and the program's arguments. */
  readonly under?: readonly string[];
}

/** Starts the server and waits for its banner. */
export async function startProcess({ env = {}, ...start }: Start): Promise<ServerProcess> {
  const child = launch({ env: { PORT: '0', BLOCKHOUSE_LOG: 'silent', ...env }, ...start });
  let banner = '';
  let errors = '';
  child.stderr?.on('data', (chunk) => (errors += chunk));
  const shown = new Promise<void>((resolve) => {
    child.stdout?.on('data', (chunk) => {
      banner += chunk;
      if (/Store {2,}\S+/.test(banner)) resolve();
    });
    child.once('exit', () => resolve());
  });
  await within(() => `the server showed its banner: ${banner}${errors}`, shown);
  const url = /http:\/\/[\d.]+:\d+/.exec(banner)?.[0];
  if (url === undefined) throw new Error(`the server did not start: ${banner}${errors}`);
  return {
    child,
    url,
    banner,
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit');
        child.kill(signal);
        await within(`the server ended by ${signal}`, exit);
      }
      return { code: child.exitCode, signal: child.signalCode };
    },
  };
}

/** A sandbox in its own process, with a function that calls it. */
export interface Member extends ServerProcess {
  readonly key: string;
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  block(...users: readonly (string | number)[]): Promise<Answer>;
  unblock(...users: readonly (string | number)[]): Promise<Answer>;
  /** Sends messages from users to the demo number. */
  write(...users: readonly (string | number)[]): Promise<Answer>;
}

/** Starts a sandbox in its own process. It is killed when the test ends. */
export async function startMember(
  t: Pick<TestContext, 'after'>,
  store: string,
  { env = {}, ...start }: Start = {},
): Promise<Member> {
  const started = await startProcess({
    ...start,
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
  const blockUsers = `/${demoNumber}/block_users`;
  return {
    ...started,
    key,
    call,
    block: (...users) => call('POST', blockUsers, blockBody(...users.map(String))),
    unblock: (...users) => call('DELETE', blockUsers, blockBody(...users.map(String))),
    write: (...users) =>
      call('POST', `/blockhouse/v1/numbers/${demoNumber}/inbound`, {
        messages: users.map((from) => ({ from: String(from) })),
      }),
  };
}

/** The pages of the largest list, which has 64,000 users. */
const pagesMax = 64;

/** All users on the demo number's blocklist, in the order of its pages. */
export async function wholeList({ call }: Pick<Member, 'call'>): Promise<string[]> {
  const users: string[] = [];
  let next: string | undefined = `/${demoNumber}/block_users?limit=1000`;
  for (let pages = 0; next !== undefined; pages++) {
    assert.ok(pages <= pagesMax, `the list continues after ${pagesMax} pages`);
    const { status, body }: Answer = await call('GET', next);
    assert.equal(status, 200, JSON.stringify(body));
    users.push(...body.data.map(({ wa_id: waId }: { wa_id: string }) => waId));
    const address: string | undefined = body.paging?.next;
    next = address?.slice(new URL(address).origin.length);
  }
  return users;
}

/** Runs a program that exits by itself. Returns its exit code and output. */
export async function runToEnd(
  start: Start,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = launch(start);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => (stdout += chunk));
  child.stderr?.on('data', (chunk) => (stderr += chunk));
  await within(() => `the program ended: ${stdout}${stderr}`, once(child, 'close'));
  return { code: child.exitCode, stdout, stderr };
}

function launch({ env = {}, args = ['--sandbox'], cwd, under = [] }: Start): ChildProcess {
  const program = [process.execPath, '--conditions=@blockhouse/source', main, ...args];
  const [command = '', ...rest] = [...under, ...program];
  return spawn(command, rest, {
    env: childEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd && { cwd }),
  });
}
