import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A server under measurement, in a process of its own. */
export interface Subject {
  readonly url: string;
  readonly key: string;
  /** CPU time the process has used so far, in microseconds, and its resident memory in bytes. */
  usage(): Promise<{ cpuUs: number; rssBytes: number }>;
  stop(): Promise<void>;
}

/** Starts `bare.ts` or `blockhouse.ts`; either says where it listens, answers `usage`, and ends with its channel. */
export async function startSubject(
  file: 'bare.ts' | 'blockhouse.ts',
  args: readonly string[],
): Promise<Subject> {
  const child = fork(new URL(file, import.meta.url), args, { execArgv: ['--conditions=@blockhouse/source'] });
  const [ready] = (await once(child, 'message')) as [{ url: string; key: string }];
  return {
    ...ready,
    async usage() {
      child.send('usage');
      const [usage] = (await once(child, 'message')) as [{ cpuUs: number; rssBytes: number }];
      return usage;
    },
    stop: () => stop(child),
  };
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
