import {
  explainProblem,
  type ListOptions,
  type ListProblem,
  type Row,
  readUserList,
} from '@blockhouse/user-lists';

/** One thing that was typed, pasted or dropped. */
export interface Entry {
  readonly text: string;
  /** What names the user in a call: `wa_id` or business-scoped user ID; null: it names nobody. */
  readonly user: string | null;
  /** Why it names nobody, and what to do; null when it names somebody. */
  readonly problem: string | null;
  /** Somebody before it was the same. */
  readonly isDuplicate: boolean;
}

/**
 * Reads users out of a text or the bytes of a file, as imports and the command line read them.
 * @returns what has to be done first where it cannot be read: choose a column, or save the file as another.
 */
export function readEntries(
  source: string | Uint8Array,
  options: ListOptions = {},
): readonly Entry[] | ListProblem {
  const list = readUserList(source, options);
  if (list.kind !== 'list') return list;
  const seen = new Set<string>();
  return list.rows.map((row) => entryOf(row, seen));
}

function entryOf(row: Row, seen: Set<string>): Entry {
  if ('problem' in row)
    return { text: row.text, user: null, problem: explainProblem(row.problem), isDuplicate: false };
  const isDuplicate = seen.has(row.user);
  seen.add(row.user);
  return { text: row.text, user: row.user, problem: null, isDuplicate };
}
