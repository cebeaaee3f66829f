import type { ActivityEntry, ActivityFilter, Blockhouse, ListPage } from '@blockhouse/client';
import { Command } from 'commander';
import { isUnread } from '../output.ts';
import { blockhouseFor, type Flags, readCount, readSettings, withServer } from '../settings.ts';
import { jsonLines, table } from '../table.ts';

interface Options extends Flags, ActivityFilter {
  readonly max: number;
  readonly json?: boolean;
  readonly keyId?: string;
}

const filters = ['number', 'user', 'operation', 'outcome', 'person', 'source', 'from', 'to'] as const;

export function activityCommand(): Command {
  return withServer(new Command('activity'))
    .description(
      'Show all attempts to block and unblock, newest first, including refusals (Blockhouse only).',
    )
    .option('--number <id>', 'only for this number')
    .option('--user <user>', 'only for this user')
    .option(
      '--operation <operation>',
      'only this operation: block, unblock, standing_block, withdraw, release, discard, or approve',
    )
    .option(
      '--outcome <outcome>',
      'only this outcome: done, unchanged, standing, expired, or the reason of a refusal',
    )
    .option('--key-id <id>', 'only by the key with this ID')
    .option('--person <name>', 'only by this person')
    .option('--source <source>', 'only from this source: api, panel, cli, import, standing, or until')
    .option('--from <time>', 'only from this ISO 8601 time on')
    .option('--to <time>', 'only before this ISO 8601 time')
    .option('--max <count>', 'the highest number of rows', readCount, 50)
    .option('--json', 'print a line of JSON for each entry')
    .action(async (options: Options) => {
      const given = readSettings({
        ...(options.url && { url: options.url }),
        ...(options.key && { key: options.key }),
      });
      const rows = await read(blockhouseFor(given), options);
      const cells = rows.map(({ at, number, operation, user, outcome, person, key, source, note }) => {
        return [
          at,
          number,
          operation,
          user,
          outcome,
          person ?? key?.name ?? key?.id ?? 'someone outside Blockhouse',
          source,
          note ?? '',
        ];
      });
      const header = ['AT', 'NUMBER', 'OPERATION', 'USER', 'OUTCOME', 'BY', 'SOURCE', 'NOTE'];
      process.stdout.write(options.json ? jsonLines(rows) : table(header, cells));
    });
}

async function read(blockhouse: Blockhouse, options: Options): Promise<readonly ActivityEntry[]> {
  const named = Object.fromEntries(
    filters.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
  const filter = { ...named, ...(options.keyId && { key: options.keyId }) };
  const rows: ActivityEntry[] = [];
  let after: string | null = null;
  do {
    const limit = Math.min(pageMax, options.max - rows.length);
    const page: ListPage<ActivityEntry> = await blockhouse.activity.page({
      ...filter,
      limit,
      ...(after && { after }),
    });
    rows.push(...page.rows);
    after = page.after;
  } while (after !== null && rows.length < options.max && !isUnread());
  return rows;
}

/** Rows of one page. */
const pageMax = 1000;
