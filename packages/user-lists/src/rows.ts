import { readPhone } from '@blockhouse/engine';
import { type Problem, problem } from './problems.ts';
import { findUsers, isExplicit, type ReadOptions, readUserText } from './user.ts';

/** A part of a list that is meant to be one user, before it is read. */
export interface RawRow {
  readonly line: number;
  readonly text: string;
  readonly note: string | null;
  readonly until: string | null;
}

/** A user in a list. */
export interface UserRow {
  /** The line of the text in which the row ends; the first is 1. */
  readonly line: number;
  /** As it was written; at most 200 characters of it. */
  readonly text: string;
  /** The name of the user in a call: `wa_id` (digits only) or a business-scoped user ID. */
  readonly user: string;
  /** The cell of a column for notes; null when there is none or it is empty. */
  readonly note: string | null;
  /** The cell of a column for the end, as it was written. */
  readonly until: string | null;
}

/** A part of a list that was not understood. */
export interface ProblemRow {
  readonly line: number;
  readonly text: string;
  readonly problem: Problem;
}

export type Row = UserRow | ProblemRow;

const shownLengthMax = 200;
const shown = (text: string) => text.slice(0, shownLengthMax).toWellFormed();

/** Reads what is meant to be one user. */
export function readRow({ line, text, note, until }: RawRow, options: ReadOptions): Row {
  const reading = readUserText(text, options);
  if ('problem' in reading) return { line, text: shown(text), problem: reading.problem };
  return { line, text: shown(text.trim()), user: reading.user, note, until };
}

/** Reads a line of text: one user, several between delimiters, or one within other words. */
export function readLine(line: number, text: string, options: ReadOptions): readonly Row[] {
  const row = (part: string) => readRow({ line, text: part, note: null, until: null }, options);
  const whole = row(text);
  if ('user' in whole) return [whole];
  const cells = text
    .split(/[,;\t|]/)
    .map((cell) => cell.trim())
    .filter((cell) => cell !== '');
  if (cells.length > 1) {
    const rows = cells.map(row);
    const isList = rows.every((one) => 'user' in one || !isOther(one.problem));
    if (isList && rows.some((one) => 'user' in one)) return rows;
  }
  const found = findUsers(text, options);
  const [only] = found;
  if (only !== undefined && found.length === 1) {
    return [{ line, text: shown(text.trim()), user: only, note: null, until: null }];
  }
  if (found.length > 1) {
    return [{ line, text: shown(text), problem: problem('several', found.map(written)) }];
  }
  const beside = whole.problem.code === 'not_a_user' ? numbersIn(text, options) : [];
  if (beside.length > 0)
    return [{ line, text: shown(text), problem: problem('beside_words', beside.map(written)) }];
  return [whole];
}

/** Numbers without `+` among words: a person can tell whether they are phones. */
function numbersIn(text: string, options: ReadOptions): readonly string[] {
  const found = text.slice(0, 1000).match(/\d{7,15}(?!\d)/g) ?? [];
  const users = found.flatMap((digits) => {
    const reading = readUserText(digits, options);
    return 'user' in reading ? [reading.user] : [];
  });
  return [...new Set(users)];
}

/** Not even meant as a phone. */
function isOther({ code }: Problem): boolean {
  return code === 'not_a_user' || code === 'date' || code === 'tax_number' || code === 'too_long';
}

const written = (user: string) => (/^\d+$/.test(user) ? `+${user}` : user);

/** How many texts are users, and how many of them say so by themselves. */
export function countUsers(
  texts: readonly string[],
  options: ReadOptions,
): { readonly users: number; readonly explicit: number } {
  const users = texts.filter((text) => 'user' in readUserText(text, options));
  return { users: users.length, explicit: users.filter(isExplicit).length };
}

/**
 * The name of a row's user in a call. It is the text itself if an API that takes phones reads it the same way, so
 * that results show what was written. Otherwise it is the number in E.164 or the user ID.
 */
export function wireText({ text, user }: UserRow): string {
  if (!/^\d+$/.test(user)) return user;
  const bare = text.replace(/^"(.*)"$/, '$1').trim();
  const isPlain = /^[\x20-\x7e]*$/.test(bare);
  return isPlain && String(readPhone(bare)) === user ? bare : `+${user}`;
}
