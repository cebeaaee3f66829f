import { Command } from 'commander';
import { UsageError } from '../failure.ts';
import { requireWritable } from '../report-file.ts';
import {
  blockhouseFor,
  clientFor,
  type Flags,
  numberFor,
  readSettings,
  type Settings,
  withSettings,
} from '../settings.ts';
import { showReport } from '../show-report.ts';
import { type ReadingFlags, readUsers, withReading } from '../users.ts';
import { bulkWork, runWithProgress, type Work } from '../work.ts';

interface Options extends Flags, ReadingFlags {
  readonly out?: string;
  readonly json?: boolean;
  readonly note?: string;
  readonly until?: string;
  readonly for?: string;
  readonly standing?: boolean;
  readonly allNumbers?: boolean;
}

export function blockCommand(): Command {
  return changing('block', 'blocked')
    .description(
      'Block users who wrote to the number within the last 24 hours. With --standing, also block other users at their next message.',
    )
    .option(
      '--standing',
      'for users whose window is closed: block them at their next message (Blockhouse only)',
    )
    .option('--note <text>', 'the reason (Blockhouse only)')
    .option(
      '--for <span>',
      'unblock automatically after this time, such as 30m, 12h, or 7d (Blockhouse only)',
    )
    .option('--until <time>', 'unblock automatically at this ISO 8601 time (Blockhouse only)')
    .option('--all-numbers', 'apply to all numbers that the key opens (Blockhouse only)')
    .action((args: string[], options: Options) => change(args, options, { done: 'blocked', work: blocking }));
}

export function unblockCommand(): Command {
  return changing('unblock', 'unblocked')
    .description('Unblock users. A user who is not blocked counts as unblocked.')
    .option('--note <text>', 'the reason (Blockhouse only)')
    .option('--all-numbers', 'apply to all numbers that the key opens (Blockhouse only)')
    .action((args: string[], options: Options) =>
      change(args, options, { done: 'unblocked', work: unblocking }),
    );
}

/** The common part of commands that change users. */
export function changing(name: string, done: string): Command {
  return withReading(withSettings(new Command(name)))
    .argument('[users...]', 'phone numbers, wa_ids, or business-scoped user IDs (default: standard input)')
    .option(
      '--from <file>',
      'read users from a file: one on each line, CSV with a header, or vCards (-: standard input)',
    )
    .option(
      '--out <file>',
      `write the users who were not ${done}, with the reasons, as CSV that --from reads`,
    )
    .option('--json', 'print a line of JSON for each user');
}

/** Reads users, works through them, and reports. */
export async function change(
  args: string[],
  options: Options,
  how: {
    readonly done: string;
    readonly standing?: string;
    readonly work: (given: Settings, options: Options) => Promise<Work>;
  },
): Promise<void> {
  const given = readSettings(options);
  const { json = false, out, from, allNumbers: byNumber = false } = options;
  // Problems of the command are known before a list is read.
  endOf(options);
  if (out !== undefined) requireWritable(out, { unless: from });
  const { users, notUnderstood } = await readUsers(args, options);
  const { report, interrupted } = await runWithProgress(await how.work(given, options), users);
  const { done, standing } = how;
  const resume = (report: string) => `--from ${report} --out ${report}`;
  const showing = { done, json, out, interrupted, notUnderstood, byNumber, resume };
  process.exitCode = showReport(report, { ...showing, ...(standing && { standing }) });
}

/** Meta's own call, unless something is asked for that only Blockhouse has. */
async function blocking(given: Settings, options: Options): Promise<Work> {
  const { note, standing } = options;
  const until = endOf(options);
  if (note === undefined && until === undefined && !standing && !options.allNumbers) {
    const client = await clientFor(given);
    return async (users, how) => {
      const { blocked: changed, refused } = await client.block(users, how);
      return { changed, standing: [], refused };
    };
  }
  const numbers = await numbersFor(given, options);
  const more = {
    numbers,
    ...(note && { note }),
    ...(until && { until }),
    ...(standing && { whenClosed: 'standing' as const }),
  };
  return bulkWork(blockhouseFor(given), (blockhouse, users, how) =>
    blockhouse.block({ users, ...more }, how),
  );
}

async function unblocking(given: Settings, options: Options): Promise<Work> {
  const { note } = options;
  if (note === undefined && !options.allNumbers) {
    const client = await clientFor(given);
    return async (users, how) => {
      const { unblocked: changed, refused } = await client.unblock(users, how);
      return { changed, standing: [], refused };
    };
  }
  const numbers = await numbersFor(given, options);
  const more = { numbers, ...(note && { note }) };
  return bulkWork(blockhouseFor(given), (blockhouse, users, how) =>
    blockhouse.unblock({ users, ...more }, how),
  );
}

/** On which numbers a Blockhouse call works. */
export async function numbersFor(
  given: Settings,
  { allNumbers }: { allNumbers?: boolean },
): Promise<readonly string[]> {
  return allNumbers ? ['*'] : [await numberFor(given)];
}

const unitsMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** When a block ends by itself: said as a time, or as a span from now. */
export function endOf({ until, for: span }: { until?: string; for?: string }): string | undefined {
  if (span === undefined) return until;
  if (until !== undefined) throw new UsageError('Use --for or --until, not both.');
  const [, amount, unit] = /^(\d{1,5})([mhd])$/.exec(span) ?? [];
  if (unit === undefined)
    throw new UsageError(`--for must be a duration such as 30m, 12h, or 7d, got "${span}".`);
  const nowMs = performance.timeOrigin + performance.now();
  return new Date(nowMs + Number(amount) * (unitsMs[unit] ?? 0)).toISOString();
}
