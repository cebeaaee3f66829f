import { parse } from 'csv-parse/browser/esm/sync';
import { folded, type Role, roleOf } from './headers.ts';
import { countUsers, readLine } from './rows.ts';
import { type ReadOptions, readUserText } from './user.ts';
import { isVcard } from './vcard.ts';

/** How a list is read. */
export interface ListOptions extends ReadOptions {
  /** The column that holds the users: its name, or its place counted from 1. */
  readonly column?: string | number | undefined;
}

/** A column of a list, for a person to choose from. */
export interface Column {
  /** Its place, counted from 1; what `column` takes. */
  readonly place: number;
  /** The name of the column in the first line; null: the first line is not a header. */
  readonly name: string | null;
  /** Some of its cells. */
  readonly samples: readonly string[];
  /** Whether any of its first cells is a user. */
  readonly hasUsers: boolean;
}

/** Why a column has to be chosen. */
export type ColumnQuestion = 'none_named' | 'several_named' | 'unknown_column';

/** Where in a row of cells its parts are. */
export interface Table {
  readonly kind: 'table';
  readonly delimiter: string;
  readonly hasHeader: boolean;
  readonly width: number;
  /** The columns of users, the most telling first: a row's user is the first that is not empty. */
  readonly users: readonly number[];
  readonly note: number | null;
  readonly until: number | null;
  /** Lines before the first row, such as `sep=;`. */
  readonly skippedLines: number;
}

export type Layout =
  | Table
  | { readonly kind: 'lines'; readonly header?: string }
  | { readonly kind: 'json' | 'vcard' }
  | { readonly kind: 'question'; readonly question: ColumnQuestion; readonly columns: readonly Column[] };

const delimiters = ['\t', ';', ',', '|'] as const;
const sampledRows = 100;
const sampleLengthMax = 256 * 1024;

/** The clearest first. A row's own columns of IDs can replace each other. */
const userRoles = ['phone', 'wa_id', 'user_id', 'user'] as const;

export const csvOptions = (delimiter: string) => ({
  delimiter,
  record_delimiter: ['\r\n', '\n', '\r'],
  relax_quotes: true,
  relax_column_count: true,
  skip_empty_lines: true,
  trim: true,
});

/** Finds out how a list is laid out, from how it begins. */
export function layoutOf(whole: string, options: ListOptions): Layout {
  if (isVcard(whole)) return { kind: 'vcard' };
  const { text, delimiter: told, skippedLines } = withoutPreamble(whole.slice(0, sampleLengthMax));
  if (/^\s*\{/.test(text)) return { kind: 'json' };
  const at = { skippedLines };
  const chosen = options.column;
  const tables = (told === null ? delimiters : [told]).flatMap(
    (delimiter) => sampleOf(text, delimiter) ?? [],
  );
  if (chosen !== undefined) return chosenLayout(tables, chosen, options, at);
  const named = tables
    .map((sample) => namedLayout(sample, options, at))
    .filter((layout) => layout !== null)
    .toSorted((one, other) => widthOf(other) - widthOf(one))[0];
  if (named !== undefined) return named;
  if (linesOf(text).every((line) => 'user' in readUserText(line, options))) return { kind: 'lines' };
  const layouts = tables.filter(isRegular).map((sample) => unnamedLayout(sample, options, at));
  return layouts.find(({ kind }) => kind === 'table') ?? layouts[0] ?? { kind: 'lines' };
}

/** The line that names the delimiter for a spreadsheet, and remarks, come before the list. */
function withoutPreamble(whole: string): { text: string; delimiter: string | null; skippedLines: number } {
  const [preamble = '', delimiter = null] =
    /^\ufeff?(?:"?sep=(.)"?[ \t]*(?:\r\n|\r|\n))?(?:[ \t]*(?:#[^\r\n,;\t|]*)?(?:\r\n|\r|\n))*/i.exec(whole) ??
    [];
  const skippedLines = preamble.match(/\r\n|\r|\n/g)?.length ?? 0;
  return { text: whole.slice(preamble.length), delimiter, skippedLines };
}

/** The rows of a list after its preamble. */
export function bodyOf(whole: string): string {
  return whole.slice(whole.length - withoutPreamble(whole).text.length);
}

/** The first rows of a text, as a delimiter sets them apart. */
interface Sample {
  readonly delimiter: string;
  readonly records: readonly (readonly string[])[];
}

/** Of CSV that is broken further down, only the first row is known. */
function sampleOf(text: string, delimiter: string): Sample | null {
  for (const to of [sampledRows, 1]) {
    try {
      const records = parse(text, { ...csvOptions(delimiter), to });
      if (records.length > 0) return { delimiter, records };
    } catch {}
  }
  return null;
}

function linesOf(text: string): readonly string[] {
  return text
    .split(/\r\n|\r|\n/, sampledRows)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** A table whose first line names a column of users, or null. */
function namedLayout(
  { delimiter, records }: Sample,
  options: ListOptions,
  { skippedLines }: { skippedLines: number },
): Layout | null {
  const [header = [], ...rows] = records;
  if (header.some((cell) => holdsUser(cell, options))) return null;
  const roles = header.map(roleOf);
  const [phones = [], waIds = [], userIds = [], weak = []] = userRoles.map((role) => placesOf(role, roles));
  const strong = [...phones, ...waIds, ...userIds];
  if (strong.length + weak.length === 0) return null;
  if ([phones, waIds, userIds].some((places) => places.length > 1))
    return ask('several_named', header, rows, options);
  // Below a single name, people write whatever they like on a line.
  const [name = ''] = header;
  if (header.length === 1) return { kind: 'lines', header: name };
  // Reports of ours name the user as it was written; other columns that sound like it may hold anything.
  const own = weak.filter((place) => /^(?:user|input)$/i.test(header[place] ?? ''));
  const [candidate, second] = own.length > 0 ? own : weak;
  const isOurs = own.length > 0 && header.every((name) => ownNames.has(name));
  if (strong.length === 0 && !isOurs && (candidate === undefined || !mayHoldUsers(rows, candidate, options)))
    return ask('none_named', header, rows, options);
  if (strong.length === 0 && second !== undefined && own.length === 0)
    return ask('several_named', header, rows, options);
  const users = strong.length > 0 ? [...strong, ...own] : [candidate ?? 0];
  return {
    kind: 'table',
    delimiter,
    hasHeader: true,
    width: header.length,
    users,
    ...extras(header, roles),
    skippedLines,
  };
}

/** Columns of lists that a client or a command of ours writes. */
const ownNames = new Set([
  ...[
    'user',
    'input',
    'number',
    'note',
    'until',
    'outcome',
    'code',
    'reason',
    'explanation',
    'wa_id',
    'user_id',
  ],
]);

function placesOf(role: Role, roles: readonly (Role | null)[]): readonly number[] {
  return roles.flatMap((one, place) => (one === role ? [place] : []));
}

/** Whether a column is empty, or some of its first cells are users. */
function mayHoldUsers(rows: readonly (readonly string[])[], place: number, options: ReadOptions): boolean {
  const cells = rows.map((row) => row[place] ?? '').filter((cell) => cell !== '');
  return cells.length === 0 || countUsers(cells, options).users > 0;
}

function extras(header: readonly string[], roles: readonly (Role | null)[]): Pick<Table, 'note' | 'until'> {
  const place = (role: Role) => (roles.includes(role) ? roles.indexOf(role) : null);
  // In a report of ours the reason is why somebody was refused.
  const isReport = header.some((name) => /^outcome$/i.test(name));
  const own = header.findIndex((name) => /^note$/i.test(name));
  return { note: isReport ? (own < 0 ? null : own) : place('note'), until: place('until') };
}

/** A table without a telling first line: it is read where one column alone says of itself that it holds users. */
function unnamedLayout(
  { delimiter, records }: Sample,
  options: ListOptions,
  { skippedLines }: { skippedLines: number },
): Layout {
  const [first = [], ...others] = records;
  const hasHeader = others.length > 0 && !first.some((cell) => holdsUser(cell, options));
  const rows = hasHeader ? others : records;
  const cells = rows.flat().filter((cell) => cell !== '');
  const { users: userCount, explicit: explicitCount } = countUsers(cells, options);
  // Of several rows, a column may hold other numbers.
  const isList = records.length === 1 ? userCount === cells.length : explicitCount === cells.length;
  if (isList) return { kind: 'lines' };
  const counts = first.map((_, place) =>
    countUsers(
      rows.map((row) => row[place] ?? ''),
      options,
    ),
  );
  const explicit = counts.flatMap(({ users, explicit }, place) =>
    users > 0 && users === explicit ? [place] : [],
  );
  const [only] = explicit;
  if (only !== undefined && explicit.length === 1) {
    const header = hasHeader ? first : [];
    const width = first.length;
    return {
      kind: 'table',
      delimiter,
      hasHeader,
      width,
      users: [only],
      ...extras(header, header.map(roleOf)),
      skippedLines,
    };
  }
  const isTable = records.length > 1 || counts.some(({ users }) => users > 0);
  const isText =
    counts.every(({ users }) => users === 0) &&
    rows.some((row) => mentionsUser(row.join(delimiter), options));
  if (!isTable || isText) return { kind: 'lines' };
  return ask(explicit.length > 1 ? 'several_named' : 'none_named', hasHeader ? first : null, rows, options);
}

function chosenLayout(
  tables: readonly Sample[],
  column: string | number,
  options: ListOptions,
  { skippedLines }: { skippedLines: number },
): Layout {
  const widest = tables.toSorted((one, other) => scoreOf(other) - scoreOf(one));
  for (const { delimiter, records } of widest) {
    const [first = []] = records;
    const hasHeader = !first.some((cell) => holdsUser(cell, options));
    const place = placeOf(column, first, hasHeader);
    if (place === null) continue;
    const header = hasHeader ? first : [];
    const roles = header.map((name, index) => (index === place ? null : roleOf(name)));
    return {
      kind: 'table',
      delimiter,
      hasHeader,
      width: first.length,
      users: [place],
      ...extras(header, roles),
      skippedLines,
    };
  }
  const [first = [], ...rows] = widest[0]?.records ?? [];
  const hasHeader = !first.some((cell) => holdsUser(cell, options));
  return ask('unknown_column', hasHeader ? first : null, hasHeader ? rows : [first, ...rows], options);
}

function placeOf(column: string | number, first: readonly string[], hasHeader: boolean): number | null {
  const named = hasHeader ? first.findIndex((name) => folded(name) === folded(String(column))) : -1;
  if (named >= 0) return named;
  const place = Number(column) - 1;
  return Number.isInteger(place) && place >= 0 && place < first.length ? place : null;
}

function ask(
  question: ColumnQuestion,
  header: readonly string[] | null,
  rows: readonly (readonly string[])[],
  options: ListOptions,
): Layout {
  const width = Math.min(100, Math.max(header?.length ?? 0, rows[0]?.length ?? 0));
  const columns = Array.from({ length: width }, (_, index): Column => {
    const cells = rows.map((row) => row[index] ?? '').filter((cell) => cell !== '');
    const samples = cells.slice(0, 3).map((cell) => cell.slice(0, 80));
    return {
      place: index + 1,
      name: header?.[index]?.slice(0, 80) ?? null,
      samples,
      hasUsers: countUsers(cells, options).users > 0,
    };
  });
  return { kind: 'question', question, columns };
}

function holdsUser(cell: string, options: ReadOptions): boolean {
  return 'user' in readUserText(cell, options) || mentionsUser(cell, options);
}

function mentionsUser(text: string, options: ReadOptions): boolean {
  return readLine(1, text, options).some((row) => 'user' in row || row.problem.code === 'several');
}

/** All rows have as many cells, and more than one. */
function isRegular({ records }: Sample): boolean {
  const width = records[0]?.length ?? 0;
  return width > 1 && records.every((row) => row.length === width);
}

function scoreOf(sample: Sample): number {
  return (isRegular(sample) ? 1000 : 0) + (sample.records[0]?.length ?? 0);
}

function widthOf(layout: Layout): number {
  if (layout.kind === 'table') return layout.width;
  return layout.kind === 'question' ? layout.columns.length : 0;
}
