import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import type { User } from '@blockhouse/client';
import { parse } from 'csv-parse/sync';
import { UsageError } from './failure.ts';
import { plain } from './output.ts';

/** Columns that may name a user, the most telling first. `user` is what `--out` writes. */
const userColumns = ['phone', 'wa_id', 'user_id', 'user', 'input'] as const;

const delimiters = [',', ';', '\t'] as const;

/** A longer text names nobody, and a thousand of them would not fit into a request. */
const inputLengthMax = 128;

/**
 * The users of a command: its arguments, a file, or standard input when there is neither.
 * @throws UsageError when there is nothing to read, or nobody in it.
 */
export async function readUsers(args: readonly string[], from: string | undefined): Promise<readonly User[]> {
  if (args.length > 0 && from !== undefined) throw new UsageError('Name users or give --from, not both.');
  if (args.length > 0) return args.map(readUser);
  const users = parseUsers(decode(await readSource(from)));
  if (users.length === 0) throw new UsageError(`There is nobody in ${from ?? 'standard input'}.`);
  return users;
}

/**
 * One user a line, lines of JSON as `--json` writes them, or CSV with a header. In the first two, empty lines and those
 * that begin with # do not count.
 */
export function parseUsers(source: string): readonly User[] {
  const text = source.replace(/^\ufeff/, '').replace(/^sep=.[\r\n]+/i, '');
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const [first = ''] = lines;
  if (first.startsWith('{')) return lines.map(readJsonLine);
  const header = namesOf(first, delimiterOf(first));
  const isCsv = delimiters.some((delimiter) => first.includes(delimiter)) || columnOf(header) !== undefined;
  return isCsv ? parseCsv(text, first) : lines.map((line) => readUser(unquoted(line)));
}

function parseCsv(text: string, first: string): readonly User[] {
  const delimiter = delimiterOf(first);
  const column = columnOf(namesOf(first, delimiter));
  if (column === undefined) {
    throw new UsageError(
      `The first line of CSV must be a header with a column ${userColumns.join(', ')}; it is "${plain(first)}".`,
    );
  }
  return rowsOf(text, delimiter).flatMap((row) => {
    const named = [column, ...userColumns].map((name) => row[name]?.trim()).find((value) => value);
    return named === undefined ? [] : [readUser(named)];
  });
}

/** The delimiter is the header's: in a row, the others are part of what is written. */
function delimiterOf(header: string): string {
  const found = delimiters.find((delimiter) => columnOf(namesOf(header, delimiter)) !== undefined);
  return found ?? ',';
}

function namesOf(header: string, delimiter: string): readonly string[] {
  return header.split(delimiter).map((name) => unquoted(name).toLowerCase());
}

function columnOf(names: readonly string[]): string | undefined {
  return userColumns.find((column) => names.includes(column));
}

function rowsOf(text: string, delimiter: string): Record<string, string>[] {
  try {
    return parse(text, {
      columns: (names: string[]) => names.map((name) => name.trim().toLowerCase()),
      delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      skip_empty_lines: true,
      relax_quotes: true,
    });
  } catch (error) {
    throw new UsageError(
      `The CSV cannot be read: ${plain(error instanceof Error ? error.message : String(error))}.`,
    );
  }
}

function readJsonLine(line: string): User {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    throw new UsageError(`This line is no JSON: ${plain(line.slice(0, 100))}`);
  }
  const fields = (typeof row === 'object' && row !== null ? row : {}) as Readonly<Record<string, unknown>>;
  const named = userColumns
    .map((name) => fields[name])
    .find((value) => typeof value === 'string' && value !== '');
  if (typeof named !== 'string')
    throw new UsageError(`This line names no user: ${plain(line.slice(0, 100))}`);
  return readUser(named);
}

/** Spreadsheets also write UTF-16, and say so with the first two bytes. */
function decode(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return bytes.toString('utf8');
}

async function readSource(from: string | undefined): Promise<Buffer> {
  if (from === undefined && process.stdin.isTTY) {
    throw new UsageError('Name the users, or give a file with --from (one a line, or CSV with a header).');
  }
  if (from === undefined || from === '-') {
    if (process.stdin.isTTY) process.stderr.write('One user a line; end with Ctrl-D.\n');
    return await buffer(process.stdin);
  }
  try {
    return readFileSync(from);
  } catch (error) {
    throw new UsageError(
      `${from} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

/** A business-scoped user ID has a country and a dot in front; anything else is meant as a phone. */
function readUser(input: string): User {
  // Exports mark what begins like a formula.
  const named = input.trim().replace(/^'(?=\+)/, '');
  if (named === '')
    throw new UsageError('A user is empty; name a phone number, a wa_id or a business-scoped user ID.');
  if (named.length > inputLengthMax) {
    throw new UsageError(`This is too long for a user: ${plain(named.slice(0, 40))}…`);
  }
  return /^[A-Z]{2}\./i.test(named) ? { userId: named.slice(0, 2).toUpperCase() + named.slice(2) } : named;
}

function unquoted(line: string): string {
  return line
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim();
}
