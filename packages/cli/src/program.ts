import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { activityCommand } from './commands/activity.ts';
import { blockCommand, unblockCommand } from './commands/change.ts';
import { checkCommand } from './commands/check.ts';
import { dbCommand } from './commands/db.ts';
import { doctorCommand } from './commands/doctor.ts';
import { keysCommand } from './commands/keys.ts';
import { listCommand } from './commands/list.ts';
import { numbersCommand } from './commands/numbers.ts';
import { rulesCommand } from './commands/rules.ts';
import { sandboxCommand } from './commands/sandbox.ts';
import { serveCommand } from './commands/serve.ts';
import { standingCommand } from './commands/standing.ts';
import { exportCommand, importCommand } from './commands/transfer.ts';
import { whyCommand } from './commands/why.ts';

/** The whole command line; `docs/reference/cli.md` is checked against it. */
export function program(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const root = new Command('blockhouse')
    .description('Block WhatsApp users at Meta or at a Blockhouse server, and run such a server.')
    .version(version)
    .addCommand(serveCommand())
    .addCommand(blockCommand())
    .addCommand(unblockCommand())
    .addCommand(listCommand())
    .addCommand(checkCommand())
    .addCommand(whyCommand())
    .addCommand(standingCommand())
    .addCommand(activityCommand())
    .addCommand(exportCommand())
    .addCommand(importCommand())
    .addCommand(numbersCommand())
    .addCommand(keysCommand())
    .addCommand(rulesCommand())
    .addCommand(sandboxCommand())
    .addCommand(doctorCommand())
    .addCommand(dbCommand())
    .addHelpText(
      'after',
      `
Flags take precedence over environment variables, and those over the file ~/.config/blockhouse.
Exit codes: 0 success, 1 failure, 2 some users were refused, 130 interrupted. For "check": 3 not blocked, 4 unknown.`,
    );
  for (const command of withChildren(root))
    command.exitOverride().helpCommand(false).configureHelp({ helpWidth: 100 });
  return root;
}

/** A command and all below it. */
export function withChildren(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap((child) => withChildren(child as Command))];
}
