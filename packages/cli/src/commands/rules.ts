import { BlockhouseError, type Replay, type Rule } from '@blockhouse/client';
import { Command } from 'commander';
import { UsageError } from '../failure.ts';
import { readRulesFile } from '../rules-file.ts';
import { blockhouseFor, type Flags, readSettings, withServer } from '../settings.ts';
import { jsonLines, table } from '../table.ts';
import { readWebhooksFile } from '../webhooks-file.ts';

export function rulesCommand(): Command {
  return new Command('rules')
    .description('List, try, apply, and undo auto-block rules (Blockhouse only).')
    .addCommand(list(), { isDefault: true })
    .addCommand(test())
    .addCommand(apply())
    .addCommand(add())
    .addCommand(mode('enable', 'enforce', 'Let a rule act on messages.'))
    .addCommand(mode('observe', 'observe', 'Let a rule only count what it would do.'))
    .addCommand(mode('disable', 'off', 'Turn a rule off.'))
    .addCommand(undo());
}

const fileOption = ['-f, --file <file>', 'the rules in YAML or JSON; "-" reads standard input'] as const;
const jsonOption = ['--json', 'print a line of JSON for each rule'] as const;
const confirmOption = [
  '--confirm',
  'turn rules on although they would match many users who are known to you',
] as const;

type FileFlags = Flags & { file: string; json?: boolean; confirm?: true };

function list(): Command {
  return withServer(new Command('list'))
    .description('List the auto-block rules, and what they did in the last 24 hours.')
    .option(...jsonOption)
    .action(async (options: Flags & { json?: boolean }) => {
      printRules(await blockhouseFor(readSettings(options)).rules.list(), options);
    });
}

function test(): Command {
  return withServer(new Command('test'))
    .description('Try the rules of a file on messages of the past. Nothing changes.')
    .requiredOption(...fileOption)
    .option('--webhooks <file>', 'webhooks of Meta: JSON, or one a line')
    .option(
      '--last <span>',
      'the messages of this time that the server has kept, such as 24h; all of them if unset',
    )
    .option(...jsonOption)
    .action(
      async ({
        file,
        json,
        webhooks: from,
        last,
        ...flags
      }: FileFlags & { webhooks?: string; last?: string }) => {
        const { document, locate } = readRulesFile(file);
        const { rules } = blockhouseFor(readSettings(flags));
        const messages =
          from === undefined ? { ...(last !== undefined && { last }) } : { webhooks: readWebhooksFile(from) };
        const results: (Replay & { name: string })[] = [];
        for (const rule of document.rules) {
          const result = await located(locate, () => rules.replay(rule, messages));
          results.push({ name: rule.name, ...result });
        }
        process.stdout.write(json ? jsonLines(results) : table(replayHeader, results.map(replayRow)));
      },
    );
}

function apply(): Command {
  return withServer(new Command('apply'))
    .description('Replace all rules by those of a file. If one rule is wrong, nothing changes.')
    .requiredOption(...fileOption)
    .option(...confirmOption)
    .option(...jsonOption)
    .action(async ({ file, json, confirm, ...flags }: FileFlags) => {
      const { document, locate } = readRulesFile(file);
      const { rules } = blockhouseFor(readSettings(flags));
      const body = { ...document, ...(confirm && { confirm }) };
      printRules(await located(locate, () => rules.apply(body)), { json });
    });
}

function add(): Command {
  return withServer(new Command('add'))
    .description('Add the rules of a file, or change those with the same name, and keep all others.')
    .requiredOption(...fileOption)
    .option(...confirmOption)
    .option(...jsonOption)
    .action(async ({ file, json, confirm, ...flags }: FileFlags) => {
      const { document, locate } = readRulesFile(file);
      const { rules } = blockhouseFor(readSettings(flags));
      const body = { ...document, keep_others: true, ...(confirm && { confirm }) };
      printRules(await located(locate, () => rules.apply(body)), { json });
    });
}

function mode(name: string, mode: Rule['mode'], description: string): Command {
  const command = withServer(new Command(name))
    .description(description)
    .argument('<rule>', 'the name or the ID of the rule');
  if (mode === 'enforce') command.option(...confirmOption);
  return command.action(async (wanted: string, { confirm, ...flags }: Flags & { confirm?: true }) => {
    const { rules } = blockhouseFor(readSettings(flags));
    const { id } = ruleNamed(await rules.list(), wanted);
    printRules([await rules.change(id, { mode, ...(confirm && { confirm }) })], {});
  });
}

function undo(): Command {
  return withServer(new Command('undo'))
    .description('Unblock everybody whom a rule has blocked since a time.')
    .argument('<rule>', 'the name or the ID of the rule')
    .requiredOption('--since <time>', 'an ISO 8601 time')
    .action(async (wanted: string, { since, ...flags }: Flags & { since: string }) => {
      const { rules } = blockhouseFor(readSettings(flags));
      const { unblocked, failed } = await rules.undo(ruleNamed(await rules.list(), wanted).id, since);
      process.stdout.write(`${unblocked} unblocked, ${failed} failed.\n`);
      if (failed > 0) throw new UsageError('Run the command again to retry those that failed.');
    });
}

/** Runs a call about the rules of a file. If the server refuses one of them, the message names its line. */
async function located<T>(locate: (message: string) => string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const isAboutRules = error instanceof BlockhouseError && (error.status === 400 || error.status === 409);
    if (isAboutRules) throw new UsageError(locate(error.message), { cause: error });
    throw error;
  }
}

function ruleNamed(rules: readonly Rule[], wanted: string): Rule {
  const isWanted = ({ id, name }: Rule) => id === wanted || name.toLowerCase() === wanted.toLowerCase();
  const rule = rules.find(isWanted);
  if (rule === undefined) throw new UsageError(`There is no rule "${wanted}".`);
  return rule;
}

function printRules(rules: readonly Rule[], { json }: { json?: boolean | undefined }): void {
  process.stdout.write(json ? jsonLines(rules) : table(header, rules.map(rowOf)));
}

const header = ['ID', 'NAME', 'MODE', 'ACTION', 'MATCHED', 'ACTED'];

function rowOf({ id, name, mode, action, last_24_hours: counts }: Rule): readonly string[] {
  return [id, name, mode, action.type, String(counts.matched), String(counts.acted)];
}

const replayHeader = ['NAME', 'MESSAGES', 'MATCHED', 'USERS', 'KNOWN', 'DROPPED'];

function replayRow({
  name,
  messages,
  matched,
  users,
  known_users: known,
  dropped,
}: Replay & { name: string }): readonly string[] {
  return [name, ...[messages, matched, users, known, dropped].map(String)];
}
