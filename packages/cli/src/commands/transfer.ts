import { writeFileSync } from 'node:fs';
import type { User } from '@blockhouse/client';
import type { UserRow } from '@blockhouse/user-lists';
import { Command } from 'commander';
import { commandLine } from '../command-line.ts';
import { nameOf } from '../report.ts';
import { type ImportedTerms, requireWritable } from '../report-file.ts';
import { blockhouseFor, type Flags, numberFor, readSettings, withSettings } from '../settings.ts';
import { showReport } from '../show-report.ts';
import { count } from '../table.ts';
import { type ReadingFlags, readList, userOf, withReading } from '../users.ts';
import { bulkWork, runWithProgress } from '../work.ts';

export function exportCommand(): Command {
  return withSettings(new Command('export'))
    .description('Export a blocklist with notes and expiries as CSV that "import" reads (Blockhouse only).')
    .option('--out <file>', 'write to this file instead of standard output')
    .action(async (options: Flags & { out?: string }) => {
      const given = readSettings(options);
      const csv = await blockhouseFor(given).blocks.export(await numberFor(given));
      if (options.out === undefined) process.stdout.write(csv);
      else writeFileSync(options.out, csv);
    });
}

interface ImportOptions extends Flags, Omit<ReadingFlags, 'from'> {
  readonly standing?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

export function importCommand(): Command {
  return withReading(withSettings(new Command('import')))
    .description(
      'Import a blocklist from CSV with a column for the user, and optionally note and until (Blockhouse only).',
    )
    .argument('<file>', 'the CSV file of "export" or of a spreadsheet (-: standard input)')
    .option('--standing', 'for users whose window is closed: block them at their next message')
    .option(
      '--out <file>',
      'write the users who were not blocked, with the reasons, as CSV that "import" reads',
    )
    .option('--json', 'print a line of JSON for each user')
    .action(async (file: string, options: ImportOptions) => {
      const { json = false, out, standing = false } = options;
      const given = readSettings(options);
      if (out !== undefined) requireWritable(out, { unless: file });
      const { rows, notUnderstood } = await readList({ ...options, from: file });
      // A user of its own for each row, so that each finds its own note and end.
      const blocks = new Map(rows.map((row) => [ownUser(row), row]));
      const number = await numberFor(given);
      let over = 0;
      const work = bulkWork(blockhouseFor(given), async (blockhouse, users, how) => {
        const batch = users.map((user) => ({ user, ...termsOf(blocks.get(user)) }));
        const whenClosed = standing ? ('standing' as const) : ('refuse' as const);
        const result = await blockhouse.blocks.import(number, batch, { ...how, whenClosed });
        over += users.length - result.changed.length - result.standing.length - result.refused.length;
        return result;
      });
      const { report, interrupted } = await runWithProgress(work, [...blocks.keys()]);
      const imported = new Map([...blocks].map(([user, row]) => [nameOf(user), termsOf(row)]));
      const resume = (path: string) =>
        commandLine(`import ${path} --out ${path}${standing ? ' --standing' : ''}`);
      const showing = { done: 'blocked', json, out, interrupted, notUnderstood, byNumber: false };
      process.exitCode = showReport(report, { ...showing, imported, resume });
      if (over > 0) process.stderr.write(`${count(over, 'row was', 'rows were')} skipped: expired.\n`);
    });
}

function ownUser(row: UserRow): User {
  const user = userOf(row);
  return typeof user === 'string' ? { phone: user } : user;
}

function termsOf(row: UserRow | undefined): ImportedTerms {
  return { note: row?.note ?? null, until: row?.until ?? null };
}
