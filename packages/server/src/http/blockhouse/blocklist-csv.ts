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

/** Reads CSV with a header; a row without a user is left out. @throws RequestFault naming what is wrong, and the line. */
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
  return parsed(csv, delimiter).flatMap((row, index) => {
    const user = userColumns.map((column) => unmarked(row[column]?.trim())).find((value) => value);
    if (user === undefined) return [];
    const line = index + 2;
    const note = unmarked(row['note']?.trim()) || null;
    if (note !== null && note.length > noteLengthMax)
      throw invalid(`The note in line ${line} is longer than ${noteLengthMax} characters.`);
    return [{ line, user, note, until: row['until']?.trim() || null }];
  });
}

function parsed(csv: string, delimiter: string): readonly Readonly<Record<string, string>>[] {
  try {
    return parse(csv, {
      bom: true,
      columns: (names: string[]) => names.map(plainName),
      delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_quotes: true,
      skip_empty_lines: true,
    });
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
