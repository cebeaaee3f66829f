import { readPhone } from '@blockhouse/engine';
import { parse } from 'csv-parse/browser/esm/sync';

/** One thing that was typed, pasted or dropped. */
export interface Entry {
  readonly text: string;
  /** What names the user in a call: `wa_id` or business-scoped user ID; null: it names nobody. */
  readonly user: string | null;
  /** Somebody before it was the same. */
  readonly isDuplicate: boolean;
}

const userId = /^[A-Z]{2}\.[A-Za-z0-9]{1,128}$/;

/** Names of columns that hold users, as imports know them. */
const headers =
  /^(?:wa_id|user|user_id|input|number|(?:.*\b)?(?:phone|mobile|whatsapp|tel|telephone)(?:\b.*)?)$/i;

/**
 * Reads users out of any text: one a line, several in a line, or a CSV, of which the column counts that names users. Without such
 * a column the first cell that is a user counts, since what stands behind it may be anything; unless all of them are users.
 * Phones are read as the server reads them.
 */
export function readEntries(text: string): readonly Entry[] {
  const rows = rowsOf(text);
  const column = rows[0]?.findIndex((cell) => headers.test(cell)) ?? -1;
  const texts = column >= 0 ? rows.slice(1).map((row) => row[column] ?? '') : rows.flatMap(usersOf);
  const seen = new Set<string>();
  return texts
    .filter((one) => one !== '')
    .map((one): Entry => {
      const user = userOf(one);
      const isDuplicate = user !== null && seen.has(user);
      if (user !== null) seen.add(user);
      return { text: one, user, isDuplicate };
    });
}

/** The cells of each line. What is no CSV is lines of text. */
function rowsOf(text: string): readonly (readonly string[])[] {
  try {
    return parse(text, {
      bom: true,
      delimiter: [',', ';', '\t'],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      trim: true,
    });
  } catch {
    return text
      .split(/\r?\n/)
      .map((line) => [line.trim()])
      .filter(([line]) => line !== '');
  }
}

function usersOf(row: readonly string[]): readonly string[] {
  const cells = row.filter((cell) => cell !== '');
  if (cells.every((cell) => userOf(cell) !== null)) return cells;
  const users = cells.filter((cell) => userOf(cell) !== null);
  // An order number may read as a phone; what has a plus is one.
  return [users.find((cell) => cell.startsWith('+')) ?? users[0] ?? cells[0] ?? ''];
}

function userOf(text: string): string | null {
  if (userId.test(text)) return text;
  const waId = readPhone(text);
  return waId === null ? null : String(waId);
}
