import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import {
  Blockhouse,
  type BlockhouseError,
  BlockUsersClient,
  NotFoundError,
  PermissionError,
  type TransportOptions,
} from '@blockhouse/client';
import { type Command, InvalidArgumentError } from 'commander';
import { commandLine } from './command-line.ts';
import { UsageError } from './failure.ts';
import { plain } from './output.ts';

/** One setting: as a flag, as a variable of the environment or a line of the file, and what it is without either. */
export interface Setting {
  readonly flag: string;
  readonly variable: string;
  readonly fallback: string | null;
  readonly about: string;
}

/** Every setting; a flag wins over the environment, and the environment over `~/.config/blockhouse`. */
export const settings = {
  url: {
    flag: '--url <url>',
    variable: 'BLOCKHOUSE_URL',
    fallback: 'http://127.0.0.1:4080',
    about: 'the address of the server, or https://graph.facebook.com for Meta',
  },
  key: {
    flag: '--key <key>',
    variable: 'BLOCKHOUSE_KEY',
    fallback: null,
    about: "the key, or Meta's access token",
  },
  number: {
    flag: '--number <id>',
    variable: 'BLOCKHOUSE_NUMBER',
    fallback: null,
    about: 'the phone_number_id; optional if the key opens only one number',
  },
  apiVersion: {
    flag: '--api-version <version>',
    variable: 'BLOCKHOUSE_API_VERSION',
    fallback: 'v25.0',
    about: 'the version of the Graph API',
  },
} as const satisfies Record<string, Setting>;

type SettingName = keyof typeof settings;

/** The settings' flags, as a command gets them. */
export type Flags = { readonly [Name in SettingName]?: string };

/** The settings from flags, environment and file together. */
export interface Settings {
  readonly url: string;
  readonly key: string;
  readonly number: string | null;
  readonly apiVersion: string;
}

/** Nobody has said whose blocklist, and the server does not tell the key's only one. */
export class NumberNotNamed extends UsageError {
  /** @param reason why it does not tell. */
  constructor(reason: BlockhouseError) {
    super(
      'Name the number with --number or BLOCKHOUSE_NUMBER: the server does not list its numbers for this key.',
      { cause: reason },
    );
  }
}

/** Gives a command the flags of the settings that it reads. */
export function withSettings(
  command: Command,
  names: readonly SettingName[] = ['url', 'key', 'number', 'apiVersion'],
): Command {
  for (const name of names) command.option(settings[name].flag, settings[name].about);
  return command;
}

/** The same for a command that works on a server, not on a number. */
export function withServer(command: Command): Command {
  return withSettings(command, ['url', 'key']);
}

/** Reads how many rows are shown at most. */
export function readCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number above 0.');
}

/** @throws UsageError naming the setting that is missing or wrong. */
export function readSettings(flags: Flags, env: NodeJS.ProcessEnv = process.env): Settings {
  const file = readFile(env);
  const read = (name: SettingName): string | null => {
    const { variable, fallback } = settings[name];
    return (flags[name] || env[variable] || file[variable])?.trim() || fallback;
  };
  const url = read('url') ?? '';
  if (!isAddress(url)) {
    // One with a user in it may hold a password.
    const got = url.includes('@') ? '' : `, got "${plain(url)}"`;
    throw new UsageError(
      `--url must be an address such as ${settings.url.fallback} or https://graph.facebook.com, without user, query and fragment${got}.`,
    );
  }
  const key = read('key');
  if (key === null) {
    throw new UsageError(
      `The key is missing. Set --key or BLOCKHOUSE_KEY, or write BLOCKHOUSE_KEY=… into ${filePath(env)}.`,
    );
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new UsageError(
      'The key must consist of visible ASCII characters without spaces. Copy the whole key as it was shown.',
    );
  }
  const apiVersion = read('apiVersion') ?? '';
  if (!/^v\d+\.\d+$/.test(apiVersion)) {
    throw new UsageError(
      `--api-version must be one such as ${settings.apiVersion.fallback}, got "${plain(apiVersion)}".`,
    );
  }
  return { url, key, number: read('number'), apiVersion };
}

/** The client for a number. Without `--number` it is the only one that the key opens. */
export async function clientFor(
  given: Settings,
  over: Partial<TransportOptions> = {},
): Promise<BlockUsersClient> {
  const phoneNumberId = await numberFor(given, over);
  const { url: baseUrl, key: token, apiVersion: version } = given;
  return new BlockUsersClient({ baseUrl, token, version, phoneNumberId, ...over });
}

/** The number that is meant. */
export async function numberFor(given: Settings, over: Partial<TransportOptions> = {}): Promise<string> {
  return given.number ?? (await onlyNumber(blockhouseFor(given, over)));
}

/** The client for what only Blockhouse has. */
export function blockhouseFor(given: Settings, over: Partial<TransportOptions> = {}): Blockhouse {
  return new Blockhouse({ baseUrl: given.url, token: given.key, source: 'cli', ...over });
}

async function onlyNumber(blockhouse: Blockhouse): Promise<string> {
  const numbers = await blockhouse.numbers.list().catch((error: unknown) => {
    // Meta knows no such list, and a key of the role app may not read it.
    if (!(error instanceof NotFoundError || error instanceof PermissionError)) throw error;
    throw new NumberNotNamed(error);
  });
  const [only] = numbers;
  if (only !== undefined && numbers.length === 1) return only.id;
  const known = numbers.map(({ id, displayPhoneNumber }) => `${id} (${displayPhoneNumber})`).join(', ');
  throw new UsageError(
    known === ''
      ? `This key opens no number. Add one with ${commandLine('numbers add')}.`
      : `Name the number with --number or BLOCKHOUSE_NUMBER: this key opens ${known}.`,
  );
}

function isAddress(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, username, search, hash } = new URL(url);
  return /^https?:$/.test(protocol) && username === '' && search === '' && hash === '';
}

function filePath(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'blockhouse');
}

/** The file has lines of `NAME=value`, as the environment has them. */
function readFile(env: NodeJS.ProcessEnv): Readonly<Record<string, string | undefined>> {
  const path = filePath(env);
  if (!existsSync(path)) return {};
  const stats = statSync(path);
  if (!stats.isFile()) throw new UsageError(`${path} must be a file with lines such as BLOCKHOUSE_KEY=….`);
  const values = parseEnv(readFileSync(path, 'utf8').replace(/^\ufeff/, ''));
  const isOpen = process.platform !== 'win32' && (stats.mode & 0o077) !== 0;
  if (isOpen && values['BLOCKHOUSE_KEY'] !== undefined) {
    throw new UsageError(`${path} contains a key, and other users can read it. Run: chmod 600 ${path}`);
  }
  return values;
}
