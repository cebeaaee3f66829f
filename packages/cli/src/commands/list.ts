import type { BlockedUser } from '@blockhouse/client';
import { Command, InvalidArgumentError } from 'commander';
import { clientFor, type Flags, readSettings, withSettings } from '../settings.ts';
import { count, jsonLines } from '../table.ts';

interface Options extends Flags {
  readonly max?: number;
  readonly json?: boolean;
}

export function listCommand(): Command {
  return withSettings(new Command('list'))
    .description('Show who is blocked, oldest block first.')
    .option('--max <count>', 'no more than so many', readCount)
    .option('--json', 'a line of JSON for each user')
    .action(async (options: Options) => {
      const client = await clientFor(readSettings(options));
      const { max = Number.POSITIVE_INFINITY, json = false } = options;
      let shown = 0;
      if (!json) process.stdout.write(line('WA_ID', 'USER_ID'));
      // A list that changes meanwhile is read again from its beginning; who was shown is not shown twice.
      for await (const user of client.listAll({ onConflict: 'restart', limit: Math.min(1000, max) })) {
        if (shown >= max) break;
        shown++;
        process.stdout.write(json ? jsonLines([rowOf(user)]) : line(user.waId ?? '–', user.userId ?? '–'));
      }
      if (!json)
        process.stderr.write(
          `${count(shown, 'user is', 'users are')} ${shown < max ? 'blocked' : 'shown'}.\n`,
        );
    });
}

const waIdWidth = 15;

function line(waId: string, userId: string): string {
  return `${waId.padEnd(waIdWidth)}  ${userId}\n`;
}

function rowOf({ waId, userId }: BlockedUser): object {
  return { wa_id: waId, user_id: userId };
}

function readCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number above 0.');
}
