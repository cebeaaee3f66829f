import { inputOf, type User } from './user.ts';

/** A block to be imported. */
export interface ImportRow {
  readonly user: User;
  /** Why. */
  readonly note?: string | null;
  /** When it ends by itself, ISO 8601; left out: never. */
  readonly until?: string | null;
}

/** Columns that name the user, the most telling first: what exports and reports call them. */
const userColumns = ['phone', 'wa_id', 'user_id', 'user', 'input'] as const;

const delimiters = [',', ';', '\t'] as const;

/** Rows as CSV with a header, as the server's import reads it. */
export function csvOf(rows: readonly ImportRow[]): string {
  const lines = rows.map(({ user, note, until }) => [inputOf(user), note ?? '', until ?? '']);
  return [['user', 'note', 'until'], ...lines].map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('');
}

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}

/** The users that a CSV names, in their order; none when its header has no column for them. */
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

/** Without the mark that exports put before what begins like a formula. */
function unmarked(cell = ''): string {
  return cell.trim().replace(/^'(?=[=+\-@\t\r])/, '');
}

/** The cells of all rows but empty ones; a cell in quotes may hold delimiters, line ends and doubled quotes. */
function rowsOf(text: string, delimiter: string): readonly (readonly string[])[] {
  const cell = new RegExp(
    `(?:"([^"]*(?:""[^"]*)*)"|([^${delimiter}\\r\\n]*))(${delimiter}|\\r\\n|\\r|\\n|$)`,
    'y',
  );
  const rows: string[][] = [[]];
  while (cell.lastIndex < text.length) {
    const [whole, inQuotes, plain = '', end = ''] = cell.exec(text) ?? [];
    // A quote in the middle of a cell: no such text comes from an export.
    if (whole === undefined) return [];
    rows.at(-1)?.push(inQuotes?.replaceAll('""', '"') ?? plain);
    if (end !== delimiter) rows.push([]);
  }
  return rows.filter((row) => row.some((text) => text !== ''));
}
