import { exitCodes } from './failure.ts';

/**
 * The work runs to its end and keeps its exit code if the reader of its output goes away: `head`, a `tee` that Ctrl-C
 * ended, a terminal that was closed. Anything else that hinders writing is a failure.
 */
export function ignoreClosedPipes(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.stderr.write(`blockhouse: standard output cannot be written (${error.code ?? error.message})\n`);
    process.exitCode = exitCodes.failed;
  });
}

/** Whether nobody reads standard output any more. */
export function isUnread(): boolean {
  return process.stdout.destroyed || process.stdout.errored !== null;
}

/** A text that comes from elsewhere, fit for a terminal: it cannot move the cursor or change colors. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, '\ufffd');
}
