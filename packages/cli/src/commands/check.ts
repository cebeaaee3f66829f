import { Command } from 'commander';
import { clientFor, type Flags, readSettings, withSettings } from '../settings.ts';
import { jsonLines, table } from '../table.ts';
import { readUsers } from '../users.ts';

interface Options extends Flags {
  readonly from?: string;
  readonly json?: boolean;
}

export function checkCommand(): Command {
  return withSettings(new Command('check'))
    .description('Say whether users are blocked. Reads the list, and changes nothing.')
    .argument('[users...]', 'phone numbers, wa_ids or business-scoped user IDs; without any, standard input')
    .option('--from <file>', 'read users from a file: one a line, or CSV with a header; - for standard input')
    .option('--json', 'a line of JSON for each user')
    .action(async (args: string[], options: Options) => {
      const given = readSettings(options);
      const users = await readUsers(args, options.from);
      const blocked = await (await clientFor(given)).areBlocked(users);
      const names = users.map((user) => (typeof user === 'string' ? user : Object.values(user).join()));
      process.stdout.write(
        options.json
          ? jsonLines(names.map((user, index) => ({ user, blocked: blocked[index] ?? false })))
          : table(
              ['USER', 'BLOCKED'],
              names.map((user, index) => [user, blocked[index] ? 'yes' : 'no']),
            ),
      );
    });
}
