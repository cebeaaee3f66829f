import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { User } from '@blockhouse/client';
import { parse } from 'csv-parse/sync';
import { UsageError } from './failure.ts';

/** Columns that may name a user, the best first. `user` is what `--out` writes. */
const userColumns = ['user', 'phone', 'wa_id', 'user_id', 'input'] as const;

/**
 * The users of a command: its arguments, a file, or standard input when there is neither.
 * @throws UsageError when there is nothing to read, or nobody in it.
 */
export async function readUsers(args: readonly string[], from: string | undefined): Promise<readonly User[]> {
  if (args.length > 0 && from !== undefined) throw new UsageError('Name users or give --from, not both.');
  if (args.length > 0) return args.map(readUser);
  const users = parseUsers(await readSource(from));
  if (users.length === 0) throw new UsageError(`There is nobody in ${from ?? 'standard input'}.`);
  return users;
}

/** One user a line, or CSV with a header; empty lines and those that begin with # do not count. */
export function parseUsers(source: string): readonly User[] {
  const lines = source
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const [header = ''] = lines;
  const isCsv = /[,;\t]/.test(header) || userColumns.some((column) => column === unquoted(header));
  if (!isCsv) return lines.map((line) => readUser(unquoted(line)));
  const rows = parseCsv(lines.join('\n'));
  const columns = userColumns.filter((column) => rows.length === 0 || column in (rows[0] ?? {}));
  if (columns.length === 0) {
    throw new UsageError(
      `The first line of CSV must be a header with a column ${userColumns.join(', ')}; it is "${header}".`,
    );
  }
  return rows.flatMap((row) => {
    const named = columns.map((column) => row[column]?.trim()).find((value) => value);
    return named === undefined ? [] : [readUser(named)];
  });
}

function parseCsv(source: string): Record<string, string>[] {
  try {
    return parse(source, {
      columns: (names: string[]) => names.map((name) => name.trim().toLowerCase()),
      delimiter: [',', ';', '\t'],
      relax_column_count: true,
    });
  } catch (error) {
    throw new UsageError(
      `The CSV cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

async function readSource(from: string | undefined): Promise<string> {
  if (from === undefined && process.stdin.isTTY) {
    throw new UsageError('Name the users, or give a file with --from (one a line, or CSV with a header).');
  }
  if (from === undefined || from === '-') return text(process.stdin);
  try {
    return readFileSync(from, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${from} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

/** A business-scoped user ID has a country and a dot in front; anything else is meant as a phone. */
function readUser(input: string): User {
  const named = input.trim();
  return /^[A-Z]{2}\./.test(named) ? { userId: named } : named;
}

function unquoted(line: string): string {
  return line
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim();
}
