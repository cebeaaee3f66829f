import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

/** A server under measurement, in a process of its own. */
export interface Subject {
  readonly url: string;
  readonly key: string;
  /** How long it took from the start of the process until it listened. */
  readonly startMs: number;
  /** CPU time the process has used so far, in microseconds, and its resident memory in bytes. */
  usage(): Promise<{ cpuUs: number; rssBytes: number }>;
  stop(): Promise<void>;
}

/** The core of every server; the load comes from another one, on which a database runs as well. */
const serverCore = 0;
export const loadCore = 1;

/**
 * Starts `bare.ts` or `blockhouse.ts`. Either says where it listens, answers `usage`, and ends with its channel. On Linux with two
 * cores or more the server has one of them, and the load another one.
 */
export async function startSubject(
  file: 'bare.ts' | 'blockhouse.ts',
  args: readonly string[],
): Promise<Subject> {
  pin(process.pid, loadCore);
  const beganMs = performance.now();
  const child = fork(new URL(file, import.meta.url), args, { execArgv: ['--conditions=@blockhouse/source'] });
  pin(child.pid, serverCore);
  const [ready] = (await once(child, 'message')) as [{ url: string; key: string }];
  return {
    ...ready,
    startMs: performance.now() - beganMs,
    async usage() {
      child.send('usage');
      const [usage] = (await once(child, 'message')) as [{ cpuUs: number; rssBytes: number }];
      return usage;
    },
    stop: () => stop(child),
  };
}

/** Keeps all threads of a process on one core, where the system has `taskset`. */
export function pin(pid: number | undefined, core: number): void {
  if (pid === undefined || availableParallelism() < 2) return;
  try {
    execFileSync('taskset', ['-a', '-p', '-c', String(core), String(pid)], { stdio: 'ignore' });
  } catch {
    // The table says ratios within one run, which hold without it.
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.disconnect();
  await exit;
}

/** The other side of {@link startSubject}, for the server's process. */
export function serveParent(ready: { url: string; key: string }, close: () => Promise<void>): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuUs: user + system, rssBytes: process.memoryUsage.rss() });
  });
  process.on('disconnect', () => {
    close().then(() => process.exit(0));
  });
  process.send?.(ready);
}
