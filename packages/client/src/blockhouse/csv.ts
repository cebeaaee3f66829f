import { inputOf, type User } from '../user.ts';

/** A block to import. */
export interface ImportRow {
  readonly user: User;
  /** The reason of the block. */
  readonly note?: string | null;
  /** The expiry, ISO 8601. A block without it does not expire. */
  readonly until?: string | null;
}

/** The columns that name the user, in the order in which they are preferred. */
const userColumns = ['phone', 'wa_id', 'user_id', 'user', 'input'] as const;

const delimiters = [',', ';', '\t'] as const;

/** Rows as CSV with a header, in the format that the server's import reads. */
export function csvOf(rows: readonly ImportRow[]): string {
  const lines = rows.map(({ user, note, until }) => [inputOf(user), note ?? '', until ?? '']);
  return [['user', 'note', 'until'], ...lines].map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('');
}

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}

/** The users of a CSV, in its order; none if its header has no column for them. */
export function usersOf(csv: string): readonly string[] {
  const text = csv.replace(/^\ufeff/, '');
  for (const delimiter of delimiters) {
    const [header = [], ...rows] = rowsOf(text, delimiter);
    const names = header.map((name) => name.trim().toLowerCase());
    const places = userColumns.map((column) => names.indexOf(column)).filter((place) => place >= 0);
    if (places.length === 0) continue;
    return rows.flatMap((row) => places.map((place) => unmarked(row[place])).find(Boolean) ?? []);
  }
  return [];
}

/** Removes the quote that exports put before a cell that begins like a formula. */
function unmarked(cell = ''): string {
  return cell.trim().replace(/^'(?=[=+\-@\t\r])/, '');
}

/**
 * The cells of all rows that are not empty. A quoted cell can contain delimiters, line breaks, and doubled
 * quotes (RFC 4180).
 */
function rowsOf(text: string, delimiter: string): readonly (readonly string[])[] {
  const cell = new RegExp(
    `(?:"([^"]*(?:""[^"]*)*)"|([^${delimiter}\\r\\n]*))(${delimiter}|\\r\\n|\\r|\\n|$)`,
    'y',
  );
  const rows: string[][] = [[]];
  while (cell.lastIndex < text.length) {
    const [whole, inQuotes, plain = '', end = ''] = cell.exec(text) ?? [];
    // A quote in the middle of an unquoted cell: this is not CSV.
    if (whole === undefined) return [];
    rows.at(-1)?.push(inQuotes?.replaceAll('""', '"') ?? plain);
    if (end !== delimiter) rows.push([]);
  }
  return rows.filter((row) => row.some((text) => text !== ''));
}
