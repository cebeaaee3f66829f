import type { BlockedState } from '@blockhouse/client';
import { Command } from 'commander';
import { exitCodes, UsageError } from '../failure.ts';
import { clientFor, type Flags, readSettings, withSettings } from '../settings.ts';
import { jsonLines, table } from '../table.ts';
import { lineOf, type ReadingFlags, readUsers, withReading } from '../users.ts';

interface Options extends Flags, ReadingFlags {
  readonly json?: boolean;
}

export function checkCommand(): Command {
  return withReading(withSettings(new Command('check')))
    .description(
      'Show whether users are blocked: yes, no, or unknown. Exit code 0: all are blocked. 3: some are not blocked. 4: some are unknown.',
    )
    .argument('[users...]', 'phone numbers, wa_ids, or business-scoped user IDs (default: standard input)')
    .option(
      '--from <file>',
      'read users from a file: one on each line, CSV with a header, or vCards (-: standard input)',
    )
    .option('--json', 'print a line of JSON for each user')
    .action(async (args: string[], options: Options) => {
      const given = readSettings(options);
      const { users, notUnderstood } = await readUsers(args, options);
      const [wrong] = notUnderstood;
      if (wrong !== undefined)
        throw new UsageError(`Some users cannot be read, so none was checked. ${lineOf(wrong)}`);
      const states = await (await clientFor(given)).areBlocked(users);
      const names = users.map((user) => (typeof user === 'string' ? user : Object.values(user).join()));
      const stateOf = (index: number) => states[index] ?? 'unknown';
      process.stdout.write(
        options.json
          ? jsonLines(names.map((user, index) => ({ user, blocked: stateOf(index) })))
          : table(
              ['USER', 'BLOCKED'],
              names.map((user, index) => [user, words[String(stateOf(index))] ?? 'unknown']),
            ),
      );
      process.exitCode = exitCodeOf(states);
    });
}

const words: Readonly<Record<string, string>> = { true: 'yes', false: 'no', unknown: 'unknown' };

/** A certain no weighs more than a perhaps. */
function exitCodeOf(states: readonly BlockedState[]): number {
  if (states.includes(false)) return exitCodes.notBlocked;
  return states.includes('unknown') ? exitCodes.unknown : exitCodes.done;
}
