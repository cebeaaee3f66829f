import { countryOf } from '@blockhouse/engine';
import {
  type ListProblem,
  type ProblemCode,
  type Row,
  readUserList,
  type UserRow,
} from '@blockhouse/user-lists';

/** The input: typed or pasted text, and a file. */
export interface ListRequest {
  readonly text: string;
  readonly file: Uint8Array | null;
  /** The columns that a person has chosen, counted from 1. */
  readonly columns: { readonly text?: number; readonly file?: number };
  /** ISO 3166 code of the country of numbers that are written without one; null: they are refused. */
  readonly country: string | null;
  /** Milliseconds since 1970, for ends that are over. */
  readonly nowMs: number;
}

/** The terms of a row for its own user. */
export interface Details {
  readonly note: string | null;
  /** ISO 8601. */
  readonly until: string | null;
}

/** A user as the preview shows them. */
export interface ShownUser extends Details {
  readonly user: string;
  /** As it was written. */
  readonly text: string;
}

/** Why a row is left out. */
export type LeftCode = ProblemCode | 'until' | 'over' | 'note';

/** A row that is left out: nobody is blocked for it. */
export interface LeftRow {
  readonly line: number;
  readonly text: string;
  readonly code: LeftCode;
  /** The users that it may have meant. */
  readonly suggestions: readonly string[];
}

/** The users of a list that were understood, and the rows that were not. */
export interface ListReading {
  /** Each once: `wa_id` or business-scoped user ID. */
  readonly users: readonly string[];
  /** Of the users whose rows have a note or an end of their own. */
  readonly details: ReadonlyMap<string, Details>;
  /** The first of the users. */
  readonly shown: readonly ShownUser[];
  /** How many users are of which country (ISO 3166), the most frequent first. */
  readonly countries: readonly (readonly [country: string, users: number])[];
  readonly duplicates: number;
  readonly leftCount: number;
  /** The first of the rows that are left out. */
  readonly left: readonly LeftRow[];
  /** Rows are left out that a country would explain. */
  readonly lacksCountry: boolean;
  /** Why the text or the file is not read as a whole, as where a column has to be chosen. */
  readonly problems: { readonly text: ListProblem | null; readonly file: ListProblem | null };
}

/** Rows of either kind that are shown; the rest is counted. */
export const shownMax = 100;

export const nothingRead: ListReading = {
  users: [],
  details: new Map(),
  shown: [],
  countries: [],
  duplicates: 0,
  leftCount: 0,
  left: [],
  lacksCountry: false,
  problems: { text: null, file: null },
};

/** Reads the text and the file as one list, as imports and the command line read lists: nobody is guessed. */
export function readList({ text, file, columns, country, nowMs }: ListRequest): ListReading {
  const read = (source: string | Uint8Array, column: number | undefined) => {
    const list = readUserList(source, { column, defaultCountry: country ?? undefined });
    return list.kind === 'list' ? { rows: list.rows, problem: null } : { rows: [], problem: list };
  };
  const ofText = read(text, columns.text);
  const ofFile = file === null ? { rows: [], problem: null } : read(file, columns.file);
  const users = new Map<string, ShownUser>();
  const left: LeftRow[] = [];
  let duplicates = 0;
  for (const row of [...ofText.rows, ...ofFile.rows]) {
    const entry = entryOf(row, nowMs);
    if ('code' in entry) left.push(entry);
    else if (users.has(entry.user)) duplicates++;
    else users.set(entry.user, entry);
  }
  return {
    users: [...users.keys()],
    details: new Map([...users].flatMap(([user, row]) => detailsOf(user, row))),
    shown: [...users.values()].slice(0, shownMax),
    countries: countriesOf(users.keys()),
    duplicates,
    leftCount: left.length,
    left: left.slice(0, shownMax),
    lacksCountry: left.some(({ code }) => code === 'national' || code === 'ambiguous'),
    problems: { text: ofText.problem, file: ofFile.problem },
  };
}

function detailsOf(user: string, { note, until }: Details): readonly (readonly [string, Details])[] {
  return note === null && until === null ? [] : [[user, { note, until }]];
}

function entryOf(row: Row, nowMs: number): ShownUser | LeftRow {
  if ('problem' in row) {
    const { line, text, problem } = row;
    return { line, text, code: problem.code, suggestions: problem.suggestions };
  }
  const code = wrongIn(row, nowMs);
  if (code !== null)
    return { line: row.line, text: code === 'note' ? row.text : (row.until ?? ''), code, suggestions: [] };
  const { user, text, note, until } = row;
  return { user, text, note, until: until === null ? null : new Date(until).toISOString() };
}

/** The server takes notes of so many characters. */
const noteLengthMax = 1000;

/** A time that says its zone, as the server reads it. */
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/;

/** Another problem of a row: an expiry that is guessed wrong unblocks too early or never. */
function wrongIn({ note, until }: UserRow, nowMs: number): 'note' | 'until' | 'over' | null {
  if (note !== null && [...note].length > noteLengthMax) return 'note';
  if (until === null) return null;
  const untilMs = time.test(until) ? Date.parse(until) : Number.NaN;
  if (Number.isNaN(untilMs)) return 'until';
  return untilMs <= nowMs ? 'over' : null;
}

function countriesOf(users: Iterable<string>): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const user of users) {
    const country = /^\d+$/.test(user) ? countryOf(user) : null;
    if (country !== null && country !== 'ZZ') counts.set(country, (counts.get(country) ?? 0) + 1);
  }
  return [...counts].sort(([, one], [, other]) => other - one);
}
