import type { BlockUsersClient, ChangedUser, ChangeOptions, Refusal, User } from '@blockhouse/client';
import { Command } from 'commander';
import { interruption } from '../interrupt.ts';
import { progressBar } from '../progress.ts';
import { type Report, reportOfFailure, requireWritable, showReport } from '../report.ts';
import { clientFor, type Flags, readSettings, withSettings } from '../settings.ts';
import { readUsers } from '../users.ts';

interface Options extends Flags {
  readonly from?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** What blocking and unblocking differ in. */
interface Change {
  readonly name: 'block' | 'unblock';
  readonly about: string;
  readonly done: 'blocked' | 'unblocked';
  run(
    client: BlockUsersClient,
    users: readonly User[],
    options: ChangeOptions,
  ): Promise<{ readonly changed: readonly ChangedUser[]; readonly refused: readonly Refusal[] }>;
}

const block: Change = {
  name: 'block',
  about: 'Block users. Only who wrote to the number within the last 24 hours can be blocked.',
  done: 'blocked',
  async run(client, users, options) {
    const { blocked: changed, refused } = await client.block(users, options);
    return { changed, refused };
  },
};

const unblock: Change = {
  name: 'unblock',
  about: 'Unblock users, at any time; who is not blocked counts as unblocked.',
  done: 'unblocked',
  async run(client, users, options) {
    const { unblocked: changed, refused } = await client.unblock(users, options);
    return { changed, refused };
  },
};

export const blockCommand = () => changeCommand(block);
export const unblockCommand = () => changeCommand(unblock);

function changeCommand(change: Change): Command {
  return withSettings(new Command(change.name))
    .description(change.about)
    .argument('[users...]', 'phone numbers, wa_ids or business-scoped user IDs; without any, standard input')
    .option('--from <file>', 'read users from a file: one a line, or CSV with a header; - for standard input')
    .option('--out <file>', `write who was not ${change.done}, and why, as CSV that --from reads`)
    .option('--json', 'a line of JSON for each user')
    .action(async (args: string[], options: Options) => {
      const given = readSettings(options);
      const users = await readUsers(args, options.from);
      if (options.out !== undefined) requireWritable(options.out, { unless: options.from });
      const client = await clientFor(given);
      const { report, interrupted } = await work(change, client, users);
      const { json = false, out } = options;
      process.exitCode = showReport(report, { done: change.done, json, out, interrupted });
    });
}

async function work(
  change: Change,
  client: BlockUsersClient,
  users: readonly User[],
): Promise<{ report: Report; interrupted: boolean }> {
  const bar = progressBar(users.length);
  const { stop, abort, dispose } = interruption(() => {
    bar.stop();
    process.stderr.write('Ending after the request in flight; a second interruption abandons it.\n');
  });
  const onProgress = ({ done, refused }: { done: number; refused: number }) => bar.update(done, refused);
  try {
    const result = await change.run(client, users, { stop, signal: abort, onProgress });
    return { report: { ...result, unknown: [], remaining: [], cause: null }, interrupted: false };
  } catch (error) {
    return { report: reportOfFailure(users, error), interrupted: stop.aborted };
  } finally {
    bar.stop();
    dispose();
  }
}
