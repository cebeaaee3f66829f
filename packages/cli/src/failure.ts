import {
  AuthenticationError,
  BlockhouseError,
  ConnectionError,
  ListChangedError,
  NotFoundError,
  PermissionError,
  RateLimitError,
} from '@blockhouse/client';
import { CommanderError } from 'commander';
import { commandLine } from './command-line.ts';

/**
 * All done; failed; somebody was refused; `check`: somebody is not blocked, or it is not known; interrupted, as a shell
 * counts SIGINT.
 */
export const exitCodes = {
  done: 0,
  failed: 1,
  refused: 2,
  notBlocked: 3,
  unknown: 4,
  interrupted: 130,
} as const;

/** The command cannot be carried out as it was written; the message says what is accepted. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The message for a command that has failed, or null if it was printed already. */
export function explain(error: unknown): string | null {
  if (error instanceof CommanderError) return null;
  if (!(error instanceof Error)) return String(error);
  const hint = hintOf(error);
  // A server may have said it already.
  return hint === null || error.message.includes(hint) ? error.message : `${error.message}\n${hint}`;
}

/** The next step: about Meta if it has refused the server, and about the caller's own key and flags otherwise. */
function hintOf(error: Error): string | null {
  if (error instanceof BlockhouseError && error.advice !== null) return error.advice;
  if (error instanceof RateLimitError && error.retryAfterMs !== null)
    return `Try again in ${Math.ceil(error.retryAfterMs / 1000)} s.`;
  return hints.find(([Kind]) => error instanceof Kind)?.[1] ?? null;
}

export function exitCodeOf(error: unknown): number {
  return error instanceof CommanderError && error.exitCode === 0 ? exitCodes.done : exitCodes.failed;
}

const hints = [
  [
    AuthenticationError,
    `Set a valid key with --key or BLOCKHOUSE_KEY. To find the cause, run ${commandLine('doctor')}.`,
  ],
  [PermissionError, 'Use a key whose role allows this command.'],
  [NotFoundError, `Check --url and --number. To find the cause, run ${commandLine('doctor')}.`],
  [ConnectionError, `Check --url, or start a server with ${commandLine('serve --sandbox')}.`],
  [RateLimitError, 'Try again later.'],
  [ListChangedError, 'The list changes while it is read. Try again.'],
] as const;
