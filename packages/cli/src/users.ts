import { createReadStream } from 'node:fs';
import type { User } from '@blockhouse/client';
import {
  explainList,
  explainProblem,
  isCountry,
  listBytesMax,
  type ProblemRow,
  readUserList,
  readUserText,
  type UserRow,
  wireText,
} from '@blockhouse/user-lists';
import type { Command } from 'commander';
import { UsageError } from './failure.ts';
import { plain } from './output.ts';

/** How the users of a command are read. */
export interface ReadingFlags {
  readonly from?: string;
  readonly column?: string;
  readonly country?: string;
}

/** The users of a command, each once, and what was not understood. */
export interface NamedUsers {
  readonly users: readonly User[];
  readonly notUnderstood: readonly ProblemRow[];
}

/** A list as it was read: its users in their order, and what was not understood. */
export interface ReadList {
  readonly rows: readonly UserRow[];
  readonly notUnderstood: readonly ProblemRow[];
}

/** Gives a command the flags that say how a list is read. */
export function withReading(command: Command): Command {
  return command
    .option('--column <column>', 'the column of the users, by name or position')
    .option(
      '--country <code>',
      'the country of national numbers, such as BR (default: refuse national numbers)',
    );
}

/**
 * The users of a command: its arguments, a file, or standard input when there is neither.
 * @throws UsageError when there is nothing to read, or nobody in it, and when an argument is not understood.
 */
export async function readUsers(args: readonly string[], flags: ReadingFlags): Promise<NamedUsers> {
  if (args.length > 0 && flags.from !== undefined)
    throw new UsageError('Name users or use --from, not both.');
  const { rows, notUnderstood } = args.length > 0 ? readArguments(args, flags) : await readList(flags);
  const once = new Map(rows.map((row) => [row.user, userOf(row)]));
  return { users: [...once.values()], notUnderstood };
}

/** Reads a file, or standard input. @throws UsageError when it cannot be read, or nobody is in it. */
export async function readList({ from, ...flags }: ReadingFlags): Promise<ReadList> {
  const name = from === undefined || from === '-' ? 'standard input' : from;
  return parseList(await readSource(from), { ...flags, name });
}

/** Reads a list: one user a line, CSV, lines of JSON as `--json` writes them, or vCards. */
export function parseList(
  source: string | Uint8Array,
  { column, country, name }: ReadingFlags & { readonly name: string },
): ReadList {
  const list = readUserList(source, { column, defaultCountry: countryOf(country) });
  if (list.kind !== 'list') {
    const how = list.kind === 'question' ? ' Name it with --column.' : '';
    throw new UsageError(`${name}: ${plain(explainList(list))}${how}`);
  }
  const rows = list.rows.filter((row) => 'user' in row);
  // A row without a user names nobody to be done.
  const notUnderstood = list.rows.filter((row) => 'problem' in row && row.problem.code !== 'empty');
  if (rows.length > 0) return { rows, notUnderstood: notUnderstood as readonly ProblemRow[] };
  const lines = (notUnderstood as readonly ProblemRow[]).map((row) => `\n${lineOf(row)}`);
  throw new UsageError(`There are no users in ${name}.${shorten(lines)}`);
}

/** Names a user in a call: as it was written, where every server reads it in the same way. */
export function userOf(row: UserRow): User {
  const text = wireText(row);
  return /^\+?\d/.test(row.user) ? text : { userId: text };
}

/** The rows that were not understood, with line and reason. */
export function lineOf({ line, text, problem }: ProblemRow): string {
  return `Line ${line}, "${plain(text)}": ${explainProblem(problem)}`;
}

function readArguments(args: readonly string[], { country }: ReadingFlags): ReadList {
  const defaultCountry = countryOf(country);
  const wrong: string[] = [];
  const rows = args.flatMap((text): readonly UserRow[] => {
    const reading = readUserText(text, { defaultCountry });
    if ('user' in reading)
      return [{ line: 1, text: text.trim(), user: reading.user, note: null, until: null }];
    if (reading.problem.code === 'empty')
      throw new UsageError('A user is empty. Name a phone number, a wa_id, or a business-scoped user ID.');
    wrong.push(`\n"${plain(text.slice(0, 40))}": ${explainProblem(reading.problem)}`);
    return [];
  });
  if (wrong.length > 0) throw new UsageError(`Nothing was done.${shorten(wrong)}`);
  return { rows, notUnderstood: [] };
}

const linesShown = 5;

function shorten(lines: readonly string[]): string {
  const more = lines.length - linesShown;
  return lines.slice(0, linesShown).join('') + (more > 0 ? `\n… and ${more} more.` : '');
}

function countryOf(country: string | undefined): string | undefined {
  const code = country?.toUpperCase();
  if (code === undefined || isCountry(code)) return code;
  throw new UsageError(`--country must be an ISO 3166 code such as BR, got "${plain(code)}".`);
}

async function readSource(from: string | undefined): Promise<Uint8Array> {
  if (from === undefined && process.stdin.isTTY) {
    throw new UsageError(
      'Name the users, or a file with --from (one user on each line, or CSV with a header).',
    );
  }
  const isInput = from === undefined || from === '-';
  if (isInput && process.stdin.isTTY)
    process.stderr.write('Enter one user on each line. Press Ctrl-D to finish.\n');
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of isInput ? process.stdin : createReadStream(from)) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      // One byte more than what is read is enough to say that it is too much.
      if (bytes > listBytesMax) break;
    }
  } catch (error) {
    throw new UsageError(
      `${from ?? 'standard input'} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  return Buffer.concat(chunks);
}
