import type { NumberInfo } from '@blockhouse/client';
import { Command } from 'commander';
import { blockhouseFor, type Flags, readSettings, withServer } from '../settings.ts';
import { jsonLines, table } from '../table.ts';

interface AddOptions extends Flags {
  readonly phone: string;
  readonly id?: string;
  readonly name?: string;
  readonly waba?: string;
  readonly json?: boolean;
}

export function numbersCommand(): Command {
  const list = withServer(new Command('list'))
    .description('List the numbers that the key opens.')
    .option('--json', 'a line of JSON for each number')
    .action(async (options: Flags & { json?: boolean }) => {
      show(await blockhouseFor(readSettings(options)).numbers(), options.json);
    });
  const add = withServer(new Command('add'))
    .description('Add a number.')
    .requiredOption('--phone <phone>', 'as people write it, such as "+1 555 078 3881"')
    .option('--id <id>', 'its phone_number_id; made up when left out')
    .option('--name <name>', 'the verified name')
    .option('--waba <id>', 'the WhatsApp Business Account it belongs to')
    .option('--json', 'as a line of JSON')
    .action(async (options: AddOptions) => {
      const { phone: displayPhoneNumber, id, name: verifiedName, waba: wabaId } = options;
      const number = {
        displayPhoneNumber,
        ...(id && { id }),
        ...(verifiedName && { verifiedName }),
        ...(wabaId && { wabaId }),
      };
      show([await blockhouseFor(readSettings(options)).addNumber(number)], options.json);
    });
  const remove = withServer(new Command('remove'))
    .description('Remove a number with its blocklist, windows and activity.')
    .argument('<id>', 'its phone_number_id')
    .action(async (id: string, options: Flags) => {
      await blockhouseFor(readSettings(options)).removeNumber(id);
      process.stdout.write(`Number ${id} is removed.\n`);
    });
  return new Command('numbers')
    .description('List, add and remove numbers (Blockhouse only).')
    .addCommand(list, { isDefault: true })
    .addCommand(add)
    .addCommand(remove);
}

function show(numbers: readonly NumberInfo[], json = false): void {
  const rows = numbers.map(({ id, displayPhoneNumber, verifiedName, platform, webhook }) => {
    return [id, displayPhoneNumber, verifiedName, platform, webhook?.url ?? '–'];
  });
  process.stdout.write(
    json ? jsonLines(numbers) : table(['ID', 'PHONE', 'NAME', 'PLATFORM', 'WEBHOOK'], rows),
  );
}
