import type { BlockedUser } from '@blockhouse/client';
import { Command } from 'commander';
import { isUnread } from '../output.ts';
import { clientFor, type Flags, readCount, readSettings, withSettings } from '../settings.ts';
import { count, jsonLines } from '../table.ts';

interface Options extends Flags {
  readonly max?: number;
  readonly json?: boolean;
}

export function listCommand(): Command {
  return withSettings(new Command('list'))
    .description('List the blocked users, oldest block first: as a table on a terminal, otherwise as CSV.')
    .option('--max <count>', 'the highest number of users', readCount)
    .option('--json', 'print a line of JSON for each user')
    .action(async (options: Options) => {
      const client = await clientFor(readSettings(options));
      const { max = Number.POSITIVE_INFINITY, json = false } = options;
      const form = json ? asJson : process.stdout.isTTY ? asTable : asCsv;
      let shown = 0;
      // A list that changes meanwhile is read again from its beginning; who was shown is not shown twice.
      for await (const user of client.listAll({ onConflict: 'restart', limit: Math.min(1000, max) })) {
        if (shown >= max || isUnread()) break;
        process.stdout.write((shown === 0 ? form.header : '') + form.row(user));
        shown++;
      }
      if (shown === 0) process.stdout.write(form.header);
      if (!json)
        process.stderr.write(
          `${count(shown, 'user is', 'users are')} ${shown < max ? 'blocked' : 'shown'}.\n`,
        );
    });
}

/** How rows are written. */
interface Form {
  readonly header: string;
  row(user: BlockedUser): string;
}

const asJson: Form = {
  header: '',
  row: ({ waId, userId }) => jsonLines([{ wa_id: waId, user_id: userId }]),
};

const asCsv: Form = {
  header: 'wa_id,user_id\n',
  row: ({ waId, userId }) => `${waId ?? ''},${userId ?? ''}\n`,
};

const waIdWidth = 15;

const asTable: Form = {
  header: `${'WA_ID'.padEnd(waIdWidth)}  USER_ID\n`,
  row: ({ waId, userId }) => `${(waId ?? '–').padEnd(waIdWidth)}  ${userId ?? '–'}\n`,
};
