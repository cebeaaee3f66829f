import { noteLengthMax } from '@blockhouse/engine';
import { parse } from 'csv-parse/sync';
import { invalid, shown } from '../errors.ts';

/** A row of a blocklist that is imported. */
export interface ImportedRow {
  readonly line: number;
  readonly user: string;
  readonly note: string | null;
  /** As it was written. */
  readonly until: string | null;
}

/** Columns that may name the user, the most telling first: what exports and reports call them. */
const userColumns = ['phone', 'wa_id', 'user_id', 'user', 'input'] as const;

const delimiters = [',', ';', '\t'] as const;

/** A longer text names nobody. */
const userLengthMax = 200;

/** Reads CSV with a header. @throws RequestFault naming what is wrong, and the line. */
export function readBlocklistCsv(csv: string): readonly ImportedRow[] {
  const [header = ''] = csv.replace(/^\ufeff/, '').split(/\r\n|\r|\n/, 1);
  const names = (delimiter: string) => header.split(delimiter).map(plainName);
  const hasUser = (delimiter: string) => userColumns.some((column) => names(delimiter).includes(column));
  const delimiter = delimiters.find(hasUser);
  if (delimiter === undefined) {
    throw invalid(
      `The first line must be a header with a column ${userColumns.join(', ')} - got "${shown(header)}".`,
    );
  }
  return parsed(csv, delimiter).map(({ row, line }) => {
    const user = userColumns.map((column) => unmarked(row[column]?.trim())).find((value) => value);
    if (user === undefined) throw invalid(`Line ${line} names no user.`);
    if (user.length > userLengthMax) throw invalid(`Line ${line}: "${shown(user)}" is too long for a user.`);
    const note = unmarked(row['note']?.trim()) || null;
    if (note !== null && [...note].length > noteLengthMax)
      throw invalid(`The note in line ${line} is longer than ${noteLengthMax} characters.`);
    return { line, user, note, until: row['until']?.trim() || null };
  });
}

/** A row, and the line that it ends in. */
interface NumberedRow {
  readonly row: Readonly<Record<string, string>>;
  readonly line: number;
}

function parsed(csv: string, delimiter: string): readonly NumberedRow[] {
  try {
    const rows = parse(csv, {
      bom: true,
      columns: (names: string[]) => names.map(plainName),
      delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_quotes: true,
      skip_empty_lines: true,
      info: true,
    }) as unknown as readonly { record: Record<string, string>; info: { lines: number } }[];
    return rows.map(({ record: row, info: { lines: line } }) => ({ row, line }));
  } catch (error) {
    throw invalid(
      `The CSV cannot be read: ${shown(error instanceof Error ? error.message : String(error))}.`,
    );
  }
}

/** Without the mark that exports put before what begins like a formula. */
function unmarked(text: string | undefined): string | undefined {
  return text?.replace(/^'(?=[=+\-@\t\r])/, '');
}

function plainName(name: string): string {
  return name
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim()
    .toLowerCase();
}
