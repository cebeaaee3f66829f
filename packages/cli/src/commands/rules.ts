import { BlockhouseError, type Rule } from '@blockhouse/client';
import { Command } from 'commander';
import { UsageError } from '../failure.ts';
import { readRulesFile } from '../rules-file.ts';
import { blockhouseFor, type Flags, readSettings, withServer } from '../settings.ts';
import { jsonLines, table } from '../table.ts';

export function rulesCommand(): Command {
  const list = withServer(new Command('list'))
    .description('List the auto-block rules, and what they did in the last 24 hours.')
    .option('--json', 'print a line of JSON for each rule')
    .action(async (options: Flags & { json?: boolean }) => {
      const rules = await blockhouseFor(readSettings(options)).rules.list();
      process.stdout.write(options.json ? jsonLines(rules) : table(header, rules.map(rowOf)));
    });
  const apply = withServer(new Command('apply'))
    .description('Replace all rules by those of a file. If one rule is wrong, nothing changes.')
    .requiredOption('-f, --file <file>', 'the rules in YAML or JSON; "-" reads standard input')
    .option('--json', 'print a line of JSON for each rule')
    .action(async ({ file, json, ...flags }: Flags & { file: string; json?: boolean }) => {
      const { document, locate } = readRulesFile(file);
      try {
        const rules = await blockhouseFor(readSettings(flags)).rules.apply(document);
        process.stdout.write(json ? jsonLines(rules) : table(header, rules.map(rowOf)));
      } catch (error) {
        if (error instanceof BlockhouseError) throw new UsageError(locate(error.message), { cause: error });
        throw error;
      }
    });
  const undo = withServer(new Command('undo'))
    .description('Unblock everybody whom a rule has blocked since a time.')
    .argument('<rule>', 'the name or the ID of the rule')
    .requiredOption('--since <time>', 'an ISO 8601 time')
    .action(async (wanted: string, { since, ...flags }: Flags & { since: string }) => {
      const { rules } = blockhouseFor(readSettings(flags));
      const isWanted = ({ id, name }: Rule) => id === wanted || name.toLowerCase() === wanted.toLowerCase();
      const rule = (await rules.list()).find(isWanted);
      if (rule === undefined) throw new UsageError(`There is no rule "${wanted}".`);
      const { unblocked, failed } = await rules.undo(rule.id, since);
      process.stdout.write(`${unblocked} unblocked, ${failed} failed.\n`);
      if (failed > 0) throw new UsageError('Run the command again to retry those that failed.');
    });
  return new Command('rules')
    .description('List, apply, and undo auto-block rules (Blockhouse only).')
    .addCommand(list, { isDefault: true })
    .addCommand(apply)
    .addCommand(undo);
}

const header = ['ID', 'NAME', 'MODE', 'ACTION', 'MATCHED', 'ACTED'];

function rowOf({ id, name, mode, action, last_24_hours: counts }: Rule): readonly string[] {
  return [id, name, mode, action.type, String(counts.matched), String(counts.acted)];
}
