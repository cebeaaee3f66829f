import type { Fault } from '@blockhouse/client';
import { Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../failure.ts';
import { blockhouseFor, type Flags, readSettings, withServer, withSettings } from '../settings.ts';

interface FaultOptions extends Flags {
  readonly code?: number;
  readonly delay?: number;
  readonly disconnect?: boolean;
  readonly duplicate?: boolean;
  readonly reorder?: boolean;
  readonly times?: number;
  readonly every?: number;
  readonly user?: string;
  readonly clear?: boolean;
}

export function sandboxCommand(): Command {
  const say = withSettings(new Command('say'), ['url', 'key', 'number'])
    .description('Write to a number as a user.')
    .argument('<user>', 'the user: a phone number or wa_id')
    .argument('[text...]', 'the text of the message', ['hi'])
    .action(async (user: string, text: string[], options: Flags) => {
      const given = readSettings(options);
      const to = given.number === null ? {} : { to: given.number };
      const { id, status } = await blockhouseFor(given).sandbox.sendMessage(user, text.join(' '), to);
      const means =
        status === 'delivered' ? 'two gray ticks: admitted' : 'one gray tick: the user is blocked';
      process.stdout.write(`${status} (${means})  ${id}\n`);
    });
  const advance = withServer(new Command('advance'))
    .description('Move the clock forward.')
    .argument('<span>', 'a duration such as 25h, 90m, or 1d12h')
    .action(async (span: string, options: Flags) => {
      const { now } = await blockhouseFor(readSettings(options)).sandbox.advanceClock(span);
      process.stdout.write(`It is ${now}.\n`);
    });
  const fault = withServer(new Command('fault'))
    .description('Inject a fault: an error code, a delay, or a broken connection.')
    .addArgument(
      new Command()
        .createArgument('[operation]', 'the operation that fails')
        .choices(['block', 'unblock', 'list', 'send', 'inbound', 'webhook']),
    )
    .option('--code <code>', 'respond with this code of the error table', readWhole)
    .option('--delay <ms>', 'respond after this many milliseconds', readWhole)
    .option('--disconnect', 'break the connection')
    .option('--duplicate', 'send the webhook twice')
    .option('--reorder', "send the user's next webhook before this one")
    .addOption(
      new Option('--times <n>', 'only in the next n requests').argParser(readWhole).conflicts('every'),
    )
    .option('--every <n>', 'in every nth request', readWhole)
    .option('--user <user>', 'only for this user')
    .option('--number <id>', 'only for this number')
    .option('--clear', 'remove all faults')
    .action(async (operation: Fault['operation'] | undefined, options: FaultOptions) => {
      const { sandbox } = blockhouseFor(readSettings(withoutNumber(options)));
      if (options.clear) {
        await sandbox.clearFaults();
        process.stdout.write('All faults are removed.\n');
        return;
      }
      const { id } = await sandbox.injectFault(readOrder(operation, options));
      process.stdout.write(`Fault ${id} is injected.\n`);
    });
  const reset = withServer(new Command('reset'))
    .description('Return the sandbox to its first state. Keys are kept.')
    .action(async (options: Flags) => {
      await blockhouseFor(readSettings(options)).sandbox.reset();
      process.stdout.write('The sandbox is in its first state.\n');
    });
  return new Command('sandbox')
    .description('Control the users, the clock, and the faults of a sandbox.')
    .addCommand(say)
    .addCommand(advance)
    .addCommand(fault)
    .addCommand(reset);
}

function readOrder(operation: Fault['operation'] | undefined, options: FaultOptions): Fault {
  const { code, delay, disconnect, duplicate, reorder, times, every, user, number } = options;
  if (operation === undefined)
    throw new UsageError('Name the operation that fails: block, unblock, list, send, inbound, or webhook.');
  const effects = [
    ...(code === undefined ? [] : [{ code }]),
    ...(delay === undefined ? [] : [{ delayMs: delay }]),
    ...(disconnect ? [{ disconnect: true } as const] : []),
    ...(duplicate ? [{ duplicate: true } as const] : []),
    ...(reorder ? [{ reorder: true } as const] : []),
  ];
  const [what] = effects;
  if (what === undefined || effects.length > 1)
    throw new UsageError('Use exactly one of --code, --delay, --disconnect, --duplicate, and --reorder.');
  return {
    operation,
    what,
    ...(times !== undefined && { when: { times } }),
    ...(every !== undefined && { when: { every } }),
    ...(user !== undefined && { user }),
    ...(number !== undefined && { number }),
  };
}

/** Here `--number` limits the fault; it is not whose blocklist is worked on. */
function withoutNumber({ number: _, ...flags }: FaultOptions): Flags {
  return flags;
}

function readWhole(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}
