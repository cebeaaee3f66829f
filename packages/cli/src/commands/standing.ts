import { Command } from 'commander';
import { blockhouseFor, type Flags, numberFor, readSettings, withSettings } from '../settings.ts';
import { jsonLines, table } from '../table.ts';
import { bulkWork } from '../work.ts';
import { change, changing, endOf, numbersFor } from './change.ts';

interface PlaceOptions extends Flags {
  readonly note?: string;
  readonly until?: string;
  readonly for?: string;
  readonly allNumbers?: boolean;
}

export function standingCommand(): Command {
  const list = withSettings(new Command('list'))
    .description('List the standing blocks of a number.')
    .option('--search <text>', 'only rows with this text in the phone, the name, or the note')
    .option('--json', 'print a line of JSON for each standing block')
    .action(async (options: Flags & { search?: string; json?: boolean }) => {
      const given = readSettings(options);
      const { search, json } = options;
      const rows = [];
      const query = search === undefined ? {} : { search };
      for await (const row of blockhouseFor(given).standingBlocks.list(await numberFor(given), query))
        rows.push(row);
      const header = ['WA_ID', 'NAME', 'PLACED', 'BY', 'UNTIL', 'NOTE'];
      const cells = rows.map(({ waId, name, placedAt, person, key, until, note }) => {
        return [
          waId ?? '–',
          name ?? '–',
          placedAt,
          person ?? key?.name ?? key?.id ?? 'someone outside Blockhouse',
          until ?? 'they write',
          note ?? '',
        ];
      });
      process.stdout.write(json ? jsonLines(rows) : table(header, cells));
    });
  const place = changing('place', 'placed')
    .description('Block users at their next message.')
    .option('--note <text>', 'the reason')
    .option('--for <span>', 'end the standing block or its block after this time, such as 30m, 12h, or 7d')
    .option('--until <time>', 'end the standing block or its block at this ISO 8601 time')
    .option('--all-numbers', 'apply to all numbers that the key opens')
    .action((args: string[], options: PlaceOptions) =>
      change(args, options, {
        done: 'blocked',
        async work(given) {
          const { note } = options;
          const until = endOf(options);
          const numbers = await numbersFor(given, options);
          const more = { numbers, ...(note && { note }), ...(until && { until }) };
          return bulkWork(blockhouseFor(given), (blockhouse, users, how) =>
            blockhouse.standingBlocks.place({ users, ...more }, how),
          );
        },
      }),
    );
  const withdraw = changing('withdraw', 'withdrawn')
    .description('Withdraw standing blocks.')
    .option('--all-numbers', 'apply to all numbers that the key opens')
    .action((args: string[], options: PlaceOptions) =>
      change(args, options, {
        done: 'unblocked',
        standing: 'withdrawn',
        async work(given) {
          const numbers = await numbersFor(given, options);
          return bulkWork(blockhouseFor(given), (blockhouse, users, how) =>
            blockhouse.standingBlocks.withdraw({ users, numbers }, how),
          );
        },
      }),
    );
  return new Command('standing')
    .description('Manage standing blocks, which block users at their next message (Blockhouse only).')
    .addCommand(list, { isDefault: true })
    .addCommand(place)
    .addCommand(withdraw);
}
