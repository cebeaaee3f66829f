import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { UsageError } from '../failure.ts';
import { reportOfFailure, showReport } from '../report.ts';
import { blockhouseFor, type Flags, numberFor, readSettings, withSettings } from '../settings.ts';

export function exportCommand(): Command {
  return withSettings(new Command('export'))
    .description('Export a blocklist with notes and ends, as CSV that "import" reads (Blockhouse only).')
    .option('--out <file>', 'into a file instead of standard output')
    .action(async (options: Flags & { out?: string }) => {
      const given = readSettings(options);
      const csv = await blockhouseFor(given).exportBlocks(await numberFor(given));
      if (options.out === undefined) process.stdout.write(csv);
      else writeFileSync(options.out, csv);
    });
}

export function importCommand(): Command {
  return withSettings(new Command('import'))
    .description('Import a blocklist from CSV: a column for the user, and note and until (Blockhouse only).')
    .argument('<file>', 'the CSV, as "export" writes it')
    .option('--standing', 'who cannot be blocked now is blocked when they next write')
    .option('--out <file>', 'write who was not blocked, and why, as CSV')
    .option('--json', 'a line of JSON for each user')
    .action(async (file: string, options: Flags & { standing?: boolean; out?: string; json?: boolean }) => {
      const given = readSettings(options);
      const csv = readText(file);
      const number = await numberFor(given);
      const how = { whenClosed: options.standing ? ('standing' as const) : ('refuse' as const) };
      const report = await blockhouseFor(given)
        .importBlocks(number, csv, how)
        .then(
          (done) => ({ ...done, unknown: [], remaining: [], cause: null }),
          (error: unknown) => reportOfFailure([], error),
        );
      if (report.cause !== null && report.changed.length + report.unknown.length === 0) throw report.cause;
      const { json = false, out } = options;
      process.exitCode = showReport(report, { done: 'blocked', json, out, interrupted: false });
    });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}
