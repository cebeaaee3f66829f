import { createReadStream } from 'node:fs';
import type { NumberInfo, UpstreamChanges } from '@blockhouse/client';
import { Command } from 'commander';
import { UsageError } from '../failure.ts';
import { problemsOf } from '../health.ts';
import { plain } from '../output.ts';
import { blockhouseFor, type Flags, readSettings, withServer } from '../settings.ts';
import { jsonLines, table } from '../table.ts';

interface AddOptions extends Flags {
  readonly phone: string;
  readonly id?: string;
  readonly name?: string;
  readonly waba?: string;
  readonly tokenFile?: string;
  readonly appSecretFile?: string;
  readonly verifyTokenFile?: string;
  readonly upstream?: string;
  readonly json?: boolean;
}

interface TokenOptions extends Flags {
  readonly tokenFile?: string;
  readonly appSecretFile?: string;
  readonly verifyTokenFile?: string;
  readonly json?: boolean;
}

export function numbersCommand(): Command {
  const list = withServer(new Command('list'))
    .description('List the numbers that the key opens, with their problems.')
    .option('--json', 'print a line of JSON for each number')
    .action(async (options: Flags & { json?: boolean }) => {
      show(await blockhouseFor(readSettings(options)).numbers.list(), options.json);
    });
  const add = withServer(new Command('add'))
    .description('Add a number.')
    .requiredOption('--phone <phone>', 'the phone number, such as "+1 555 078 3881"')
    .option('--id <id>', 'the phone_number_id (default: a new one)')
    .option('--name <name>', 'the verified name')
    .option('--waba <id>', 'the ID of its WhatsApp Business Account')
    .option(
      '--token-file <file>',
      'for a number at Meta: a file with its token (-: standard input); needs --id and --waba',
    )
    .option('--app-secret-file <file>', "a file with the secret of the app that signs Meta's webhooks")
    .option(
      '--verify-token-file <file>',
      'a file with the verify token of the webhook that Meta sends to /webhooks/meta',
    )
    .option('--upstream <url>', 'the address of the Graph API (default: https://graph.facebook.com)')
    .option('--json', 'print a line of JSON')
    .action(async (options: AddOptions) => {
      const { phone: displayPhoneNumber, id, name: verifiedName, waba: wabaId } = options;
      const upstream = await readUpstream(options);
      const number = {
        ...(Object.keys(upstream).length > 0 && { platform: 'cloud' as const, upstream }),
        displayPhoneNumber,
        ...(id && { id }),
        ...(verifiedName && { verifiedName }),
        ...(wabaId && { wabaId }),
      };
      show([await blockhouseFor(readSettings(options)).numbers.create(number)], options.json);
    });
  const token = withServer(new Command('token'))
    .description('Replace the token or the secrets of a number at Meta.')
    .argument('<id>', 'the phone_number_id')
    .option('--token-file <file>', 'a file with the token (-: standard input)')
    .option('--app-secret-file <file>', "a file with the secret of the app that signs Meta's webhooks")
    .option(
      '--verify-token-file <file>',
      'a file with the verify token of the webhook that Meta sends to /webhooks/meta',
    )
    .option('--json', 'print a line of JSON')
    .action(async (id: string, options: TokenOptions) => {
      const upstream = await readUpstream(options);
      if (Object.keys(upstream).length === 0)
        throw new UsageError(
          'Nothing to change. Use --token-file, --app-secret-file, or --verify-token-file.',
        );
      show([await blockhouseFor(readSettings(options)).numbers.update(id, { upstream })], options.json);
    });
  const subscribe = withServer(new Command('subscribe'))
    .description("Make Meta send webhooks: subscribe the app of the number's token to its account.")
    .argument('<id>', 'the phone_number_id')
    .action(async (id: string, options: Flags) => {
      await blockhouseFor(readSettings(options)).numbers.subscribe(id);
      process.stdout.write(
        `Meta sends webhooks of number ${id}'s account to the app of its token, at the callback URL that is set for the app.\n`,
      );
    });
  const remove = withServer(new Command('remove'))
    .description('Remove a number with its blocklist, windows, and activity.')
    .argument('<id>', 'the phone_number_id')
    .action(async (id: string, options: Flags) => {
      await blockhouseFor(readSettings(options)).numbers.delete(id);
      process.stdout.write(`Number ${id} is removed.\n`);
    });
  return new Command('numbers')
    .description('List, add, subscribe, and remove numbers (Blockhouse only).')
    .addCommand(list, { isDefault: true })
    .addCommand(add)
    .addCommand(token)
    .addCommand(subscribe)
    .addCommand(remove);
}

/** Secrets come from files: what stands on a command line, everybody on the machine can read. */
async function readUpstream(
  options: TokenOptions & { readonly upstream?: string },
): Promise<UpstreamChanges> {
  const { tokenFile, appSecretFile, verifyTokenFile, upstream } = options;
  return {
    ...(tokenFile && { token: await readSecret(tokenFile) }),
    ...(appSecretFile && { appSecret: await readSecret(appSecretFile) }),
    ...(verifyTokenFile && { verifyToken: await readSecret(verifyTokenFile) }),
    ...(upstream && { baseUrl: upstream }),
  };
}

async function readSecret(file: string): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of file === '-' ? process.stdin : createReadStream(file))
      chunks.push(chunk as Buffer);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
  const secret = Buffer.concat(chunks).toString('utf8').trim();
  if (secret === '') throw new UsageError(`${file === '-' ? 'The standard input' : file} is empty.`);
  return secret;
}

function show(numbers: readonly NumberInfo[], json = false): void {
  if (json) {
    process.stdout.write(jsonLines(numbers));
    return;
  }
  const rows = numbers.map(({ id, displayPhoneNumber, verifiedName, platform, upstream, webhook }) => {
    const state = upstream === null ? '' : ` (${inWords[upstream.health.state]})`;
    return [id, displayPhoneNumber, verifiedName, `${platform}${state}`, webhook?.url ?? '–'];
  });
  const problems = numbers.flatMap((number) =>
    problemsOf(number).map((problem) => `${number.id}: ${plain(problem)}\n`),
  );
  const lines = problems.length === 0 ? '' : `\n${problems.join('')}`;
  process.stdout.write(table(['ID', 'PHONE', 'NAME', 'PLATFORM', 'WEBHOOK'], rows) + lines);
}

/** How Meta answers for a number. */
const inWords = { unknown: 'not asked yet', ok: 'well', limited: 'limited', failing: 'failing' } as const;
