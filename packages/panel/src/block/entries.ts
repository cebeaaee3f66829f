import { readPhone } from '@blockhouse/engine';

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
const headers = /^"?(?:phone|wa_id|user|user_id|input|number|mobile)"?$/i;

/**
 * Reads users out of any text: one a line, or separated by commas, semicolons or tabs; of a CSV the column that names users, or
 * else the first cell of each row that is one. Phones are read as the server reads them.
 */
export function readEntries(text: string): readonly Entry[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const cells = lines.map((line) => line.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"|"$/g, '')));
  const column = cells[0]?.findIndex((cell) => headers.test(cell)) ?? -1;
  const texts = column >= 0 ? cells.slice(1).map((row) => row[column] ?? '') : cells.flatMap(usersOf);
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

/** Several users stand in one line, or one user with something else behind: then only the users count. */
function usersOf(row: readonly string[]): readonly string[] {
  const users = row.filter((cell) => userOf(cell) !== null);
  return users.length > 0 ? users : row.slice(0, 1);
}

function userOf(text: string): string | null {
  if (userId.test(text)) return text;
  const waId = readPhone(text);
  return waId === null ? null : String(waId);
}
