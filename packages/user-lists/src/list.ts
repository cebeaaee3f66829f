import { parse } from 'csv-parse/browser/esm/sync';
import { decodeFile, type FileKind } from './encoding.ts';
import {
  bodyOf,
  type Column,
  type ColumnQuestion,
  csvOptions,
  type Layout,
  type ListOptions,
  layoutOf,
  type Table,
} from './layout.ts';
import { problem } from './problems.ts';
import { type RawRow, type Row, readLine, readRow } from './rows.ts';
import type { ReadOptions } from './user.ts';
import { vcardRows } from './vcard.ts';

/** Larger files are refused: about 700,000 users, which is also a server's limit for one call. */
export const listBytesMax = 16 * 1024 * 1024;

/** A list that was read, or what has to be done first. */
export type UserList =
  | {
      readonly kind: 'list';
      /**
       * Users, and what was not understood, in their order. Nobody is left out of it, and no user is taken twice for
       * once.
       */
      readonly rows: readonly Row[];
      /** The name of the column that was read; null where there is no table with a header. */
      readonly column: string | null;
    }
  | ListProblem;

/** Why a list is not read as a whole. */
export type ListProblem =
  /** Which column holds the users is not to be guessed: ask, and read again with `column`. */
  | { readonly kind: 'question'; readonly question: ColumnQuestion; readonly columns: readonly Column[] }
  /** It is no text. */
  | { readonly kind: 'file'; readonly file: FileKind }
  | { readonly kind: 'too_large'; readonly bytes: number }
  /** It is CSV, and broken. */
  | { readonly kind: 'broken'; readonly reason: string };

/**
 * Reads users out of a text or the bytes of a file: one a line, several a line, CSV, lines of JSON or vCards. Runs
 * synchronously: a large list takes seconds, so a server reads it with `streamUserList`, and a page in a worker.
 */
export function readUserList(source: string | Uint8Array, options: ListOptions = {}): UserList {
  const opened = openList(source);
  if (typeof opened !== 'string') return opened;
  const layout = layoutOf(opened, options);
  if (layout.kind === 'question') return layout;
  if (layout.kind !== 'table') {
    const column = layout.kind === 'lines' ? (layout.header ?? null) : null;
    return { kind: 'list', rows: [...textRows(opened, layout, options)], column };
  }
  try {
    const records = parse(bodyOf(opened), {
      ...csvOptions(layout.delimiter),
      info: true,
    }) as unknown as CsvRecord[];
    const reader = new TableReader(layout, options);
    return {
      kind: 'list',
      rows: records.flatMap((record) => reader.read(record) ?? []),
      column: reader.column,
    };
  } catch (error) {
    return brokenCsv(error);
  }
}

/** The text of a list, or why it is none. */
export function openList(source: string | Uint8Array): string | ListProblem {
  const bytes = typeof source === 'string' ? source.length : source.byteLength;
  if (bytes > listBytesMax) return { kind: 'too_large', bytes };
  if (typeof source === 'string') {
    if (source.startsWith('%PDF-')) return { kind: 'file', file: 'pdf' };
    if (source.startsWith('PK\u0003\u0004')) return { kind: 'file', file: 'zip' };
    return source.replace(/^\ufeff/, '');
  }
  const decoded = decodeFile(source);
  return 'file' in decoded ? { kind: 'file', file: decoded.file } : decoded.text.replace(/^\ufeff/, '');
}

/** A row of CSV, and the line in which it ends. */
export interface CsvRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

export function brokenCsv(error: unknown): ListProblem {
  return { kind: 'broken', reason: error instanceof Error ? error.message : String(error) };
}

/** Reads the rows of a table, the header first. */
export class TableReader {
  readonly #table: Table;
  readonly #options: ReadOptions;
  #isHeader: boolean;
  /** The name of the column that is read, once the header has been seen. */
  column: string | null = null;

  constructor(table: Table, options: ReadOptions) {
    this.#table = table;
    this.#options = options;
    this.#isHeader = table.hasHeader;
  }

  /** @returns null for the header and for a row without anything in it. */
  read({ record: cells, info }: CsvRecord): Row | null {
    const { users, note, until, width, skippedLines } = this.#table;
    if (this.#isHeader) {
      this.#isHeader = false;
      this.column = cells[users[0] ?? 0] ?? null;
      return null;
    }
    if (cells.every((cell) => cell === '')) return null;
    const line = info.lines + skippedLines;
    if (cells.length < width || cells.slice(width).some((cell) => cell !== ''))
      return { line, text: cells.join(this.#table.delimiter).slice(0, 200), problem: problem('cell_count') };
    const text = unmarked(users.map((place) => cells[place] ?? '').find((cell) => cell !== '') ?? '');
    const cell = (place: number | null) => (place === null ? '' : unmarked(cells[place] ?? ''));
    return readRow({ line, text, note: cell(note) || null, until: cell(until) || null }, this.#options);
  }
}

/** Without the apostrophe that exports put before what begins like a formula. */
function unmarked(text: string): string {
  return text.replace(/^'(?=[=+\-@\t\r])/, '');
}

/** The rows of a list that is no table. */
export function* textRows(
  text: string,
  layout: Exclude<Layout, { kind: 'table' | 'question' }>,
  options: ReadOptions,
): Generator<Row> {
  const { kind } = layout;
  if (kind === 'vcard') {
    for (const row of vcardRows(text)) yield readRow(row, options);
    return;
  }
  let isHeader = layout.kind === 'lines' && layout.header !== undefined;
  let line = 0;
  for (const [part] of text.matchAll(/[^\r\n]*(?:\r\n|\r|\n|$)/g)) {
    line++;
    const content = part.trim();
    const isRemark = content === '' || content.startsWith('#') || (line === 1 && isPreamble(content));
    if (isRemark) continue;
    if (isHeader) {
      isHeader = false;
      continue;
    }
    if (kind === 'json') yield readRow(jsonRow(line, content), options);
    else yield* readLine(line, content, options);
  }
}

/** The line that names the delimiter for a spreadsheet. */
function isPreamble(line: string): boolean {
  return /^"?sep=."?$/i.test(line);
}

const jsonNames = ['phone', 'wa_id', 'user_id', 'user', 'input'];

/** A line as commands print it with `--json`. */
function jsonRow(line: number, text: string): RawRow {
  const fields = jsonObject(text);
  const cell = (name: string) =>
    typeof fields[name] === 'string' && fields[name] !== '' ? fields[name] : null;
  const named =
    jsonNames.map(cell).find((value) => value !== null) ?? (Object.keys(fields).length === 0 ? text : '');
  return { line, text: named, note: cell('note'), until: cell('until') };
}

function jsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
