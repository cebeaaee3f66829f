import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** A server in a process of its own, for tests of starting, stopping and dying. */
export interface ServerProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly banner: string;
  /** Sends a signal and answers how the process ended. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export interface Start {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly cwd?: string;
}

/** Starts the program and waits until it has shown its banner. */
export async function startProcess({ env = {}, args = ['--sandbox'], cwd }: Start): Promise<ServerProcess> {
  const child = launch({ env: { PORT: '0', BLOCKHOUSE_LOG: 'silent', ...env }, args, ...(cwd && { cwd }) });
  let banner = '';
  let errors = '';
  child.stderr?.on('data', (chunk) => (errors += chunk));
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', (chunk) => {
      banner += chunk;
      if (/Store {2,}\S+/.test(banner)) resolve();
    });
    child.once('exit', () => resolve());
  });
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
        await exit;
      }
      return { code: child.exitCode, signal: child.signalCode };
    },
  };
}

/** Starts a program that is expected to end by itself, and answers what it said. */
export async function runToEnd(
  start: Start,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = launch(start);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => (stdout += chunk));
  child.stderr?.on('data', (chunk) => (stderr += chunk));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

function launch({ env = {}, args = ['--sandbox'], cwd }: Start): ChildProcess {
  const { PATH } = process.env;
  return spawn(process.execPath, ['--conditions=@blockhouse/source', main, ...args], {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd && { cwd }),
  });
}
