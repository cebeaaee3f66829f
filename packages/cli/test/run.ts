import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '../../../tools/child-environment.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** How a command ended and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Run {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly cwd?: string;
  /** Is given the process while it runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs `blockhouse` with these arguments to its end, in an environment that holds nothing else. */
export async function blockhouse(args: readonly string[], run: Run = {}): Promise<Ended> {
  const { env = {}, stdin = '', cwd, onStart } = run;
  const child = spawn(process.execPath, ['--conditions=@blockhouse/source', main, ...args], {
    env: childEnvironment({ HOME: '/nowhere', ...env }),
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd && { cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  onStart?.(child);
  child.stdin.on('error', () => {}).end(stdin);
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

/** The objects of lines of JSON. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into rows of every shape.
export function rows(text: string): any[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
