import type { KeyInfo, Role } from '@blockhouse/client';
import { Command, Option } from 'commander';
import { blockhouseFor, type Flags, readSettings, withServer } from '../settings.ts';
import { jsonLines, table } from '../table.ts';

interface CreateOptions extends Omit<Flags, 'number'> {
  readonly name: string;
  readonly role: Role;
  readonly numbers: string;
  readonly expires?: string;
  readonly json?: boolean;
}

export function keysCommand(): Command {
  const list = withServer(new Command('list'))
    .description('List the keys without their tokens.')
    .option('--json', 'print a line of JSON for each key')
    .action(async (options: Flags & { json?: boolean }) => {
      const keys = await blockhouseFor(readSettings(options)).keys.list();
      process.stdout.write(options.json ? jsonLines(keys) : table(header, keys.map(rowOf)));
    });
  const create = withServer(new Command('create'))
    .description('Create a key. Its token is shown only once.')
    .requiredOption('--name <name>', 'the purpose of the key')
    .addOption(
      new Option('--role <role>', 'the permissions of the key')
        .choices(['app', 'agent', 'admin'])
        .makeOptionMandatory(),
    )
    .option('--numbers <ids>', 'the phone_number_ids that the key opens, separated by commas', '*')
    .option('--expires <time>', 'the ISO 8601 time at which the key expires (default: never)')
    .option('--json', 'print a line of JSON')
    .action(async ({ name, role, numbers, expires, json, ...flags }: CreateOptions) => {
      const key = {
        name,
        role,
        numbers: numbers.split(',').map((id) => id.trim()),
        ...(expires && { expiresAt: expires }),
      };
      const created = await blockhouseFor(readSettings(flags)).keys.create(key);
      process.stdout.write(json ? jsonLines([created]) : `${created.key}\n`);
      if (!json)
        process.stderr.write(
          `Key ${created.id} is created. Store its token now: it cannot be shown again.\n`,
        );
    });
  const revoke = withServer(new Command('revoke'))
    .description('Revoke a key immediately.')
    .argument('<id>', 'the ID of the key')
    .action(async (id: string, options: Flags) => {
      await blockhouseFor(readSettings(options)).keys.revoke(id);
      process.stdout.write(`Key ${id} is revoked.\n`);
    });
  return new Command('keys')
    .description('List, create, and revoke keys (Blockhouse only).')
    .addCommand(list, { isDefault: true })
    .addCommand(create)
    .addCommand(revoke);
}

const header = ['ID', 'NAME', 'ROLE', 'NUMBERS', 'EXPIRES'];

function rowOf({ id, name, role, numbers, expiresAt }: KeyInfo): readonly string[] {
  return [id, name, role, numbers.join(','), expiresAt ?? 'never'];
}
