import type { FaultOrder } from '@blockhouse/client';
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
    .description('Write to a number as a user, so that they can be blocked.')
    .argument('<user>', 'who writes: a phone number or wa_id')
    .argument('[text...]', 'what they write', ['hi'])
    .action(async (user: string, text: string[], options: Flags) => {
      const given = readSettings(options);
      const to = given.number === null ? {} : { to: given.number };
      const { id, status } = await blockhouseFor(given).sandbox.say(user, text.join(' '), to);
      const means =
        status === 'delivered' ? 'two grey ticks: it was let through' : 'one grey tick: they are blocked';
      process.stdout.write(`${status} (${means})  ${id}\n`);
    });
  const advance = withServer(new Command('advance'))
    .description('Move the clock on.')
    .argument('<span>', 'such as 25h, 90m or 1d12h')
    .action(async (span: string, options: Flags) => {
      const { now } = await blockhouseFor(readSettings(options)).sandbox.advance(span);
      process.stdout.write(`It is ${now}.\n`);
    });
  const fault = withServer(new Command('fault'))
    .description('Order what shall go wrong: a code, a delay or a broken connection.')
    .addArgument(
      new Command()
        .createArgument('[operation]', 'what shall fail')
        .choices(['block', 'unblock', 'list', 'send', 'inbound', 'webhook']),
    )
    .option('--code <code>', 'answer this code of the error table', readWhole)
    .option('--delay <ms>', 'answer so much later', readWhole)
    .option('--disconnect', 'break the connection')
    .option('--duplicate', 'send the webhook twice')
    .option('--reorder', "send the user's next webhook first")
    .addOption(new Option('--times <n>', 'only the next n').argParser(readWhole).conflicts('every'))
    .option('--every <n>', 'every nth', readWhole)
    .option('--user <user>', 'only for this user')
    .option('--number <id>', 'only for this number')
    .option('--clear', 'take all orders back')
    .action(async (operation: FaultOrder['operation'] | undefined, options: FaultOptions) => {
      const { sandbox } = blockhouseFor(readSettings(withoutNumber(options)));
      if (options.clear) {
        await sandbox.clearFaults();
        process.stdout.write('All orders are taken back.\n');
        return;
      }
      const { id } = await sandbox.fault(readOrder(operation, options));
      process.stdout.write(`Fault ${id} is ordered.\n`);
    });
  const reset = withServer(new Command('reset'))
    .description('Make everything as at the first start; keys stay.')
    .action(async (options: Flags) => {
      await blockhouseFor(readSettings(options)).sandbox.reset();
      process.stdout.write('The sandbox is as at its first start.\n');
    });
  return new Command('sandbox')
    .description("A sandbox's users, clock and faults.")
    .addCommand(say)
    .addCommand(advance)
    .addCommand(fault)
    .addCommand(reset);
}

function readOrder(operation: FaultOrder['operation'] | undefined, options: FaultOptions): FaultOrder {
  const { code, delay, disconnect, duplicate, reorder, times, every, user, number } = options;
  if (operation === undefined)
    throw new UsageError('Say what shall fail: block, unblock, list, send, inbound or webhook.');
  const effects = [
    ...(code === undefined ? [] : [{ code }]),
    ...(delay === undefined ? [] : [{ delayMs: delay }]),
    ...(disconnect ? [{ disconnect: true } as const] : []),
    ...(duplicate ? [{ duplicate: true } as const] : []),
    ...(reorder ? [{ reorder: true } as const] : []),
  ];
  const [what] = effects;
  if (what === undefined || effects.length > 1)
    throw new UsageError('Give exactly one of --code, --delay, --disconnect, --duplicate and --reorder.');
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
