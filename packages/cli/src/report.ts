import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  AmbiguousOutcome,
  type ChangedUser,
  isAmbiguous,
  type Refusal,
  type UnfinishedUser,
  type User,
} from '@blockhouse/client';
import { explainProblem, type ProblemRow } from '@blockhouse/user-lists';
import { stringify } from 'csv-stringify/sync';
import { exitCodes, explain, UsageError } from './failure.ts';
import { count, jsonLines, table } from './table.ts';

/** The outcomes of the users of a command: each user is in exactly one of the lists. */
export interface Report {
  readonly changed: readonly ChangedUser[];
  /** Standing blocks: these users are blocked when they next write, or no longer. */
  readonly standing: readonly ChangedUser[];
  readonly refused: readonly Refusal[];
  /** Perhaps changed, perhaps not: their request failed without an answer. */
  readonly unknown: readonly UnfinishedUser[];
  /** Certainly not changed. */
  readonly remaining: readonly UnfinishedUser[];
  /** Why the work ended before its end, or null. */
  readonly cause: unknown;
}

/** The known outcomes of a call that has failed; a programming mistake is thrown on. */
export function reportOfFailure(users: readonly User[], error: unknown): Report {
  if (error instanceof AmbiguousOutcome) {
    const said = new Error(error.explanation ?? 'the response did not contain some users');
    return { ...lists(error), cause: error.cause ?? said };
  }
  const nobody = { changed: [], standing: [], refused: [], unknown: [], remaining: [], cause: error };
  const left = openUsers(users);
  return isAmbiguous(error) ? { ...nobody, unknown: left } : { ...nobody, remaining: left };
}

/** Users without a known outcome. */
export function openUsers(users: readonly User[]): readonly UnfinishedUser[] {
  return users.map((user) => ({ user, number: null, code: null, message: null, details: null }));
}

function lists({ changed, standing, refused, unknown, remaining }: AmbiguousOutcome) {
  return { changed, standing, refused, unknown, remaining };
}

/** How a report is shown. */
export interface Showing {
  /** `blocked` or `unblocked`. */
  readonly done: string;
  /** The name of a standing block here: `standing`, or `withdrawn`. */
  readonly standing?: string;
  readonly json: boolean;
  /** A file for everybody who was not done, with the reasons. */
  readonly out: string | undefined;
  readonly interrupted: boolean;
  /** The rows of the list that were not understood. */
  readonly notUnderstood: readonly ProblemRow[];
  /** Whether rows name their number, because there may be several. */
  readonly byNumber: boolean;
  /** The other fields of each user in an imported list; a report of it has the same fields. */
  readonly imported?: ReadonlyMap<string, ImportedTerms>;
  /** How the work continues from a report. */
  resume(out: string): string;
}

/** The other fields of a user in an imported list. */
export interface ImportedTerms {
  readonly note: string | null;
  readonly until: string | null;
}

/** Shows a report: results on standard output, what else there is to know on standard error. @returns the exit code. */
export function showReport(report: Report, showing: Showing): number {
  const { json, out, interrupted, notUnderstood } = showing;
  if (json) process.stdout.write(jsonLines(resultsOf(report, showing)));
  else process.stdout.write(peopleTable(report, showing));
  const summary = summaryOf(report, showing);
  (json ? process.stderr : process.stdout).write(`${summary}\n`);
  if (out !== undefined) writeOut(out, notDone(report, notUnderstood), showing);
  const isFinished = report.cause === null && report.unknown.length + report.remaining.length === 0;
  if (!isFinished) process.stderr.write(`${unfinished(report, showing)}\n`);
  if (interrupted && !isFinished) return exitCodes.interrupted;
  if (!isFinished) return exitCodes.failed;
  return report.refused.length + notUnderstood.length > 0 ? exitCodes.refused : exitCodes.done;
}

/** Somebody who was not done, and why. */
interface NotDone {
  /** Null where there is but one number, or none was asked. */
  readonly number: string | null;
  readonly user: string;
  readonly outcome: 'refused' | 'unknown' | 'not_tried' | 'not_understood';
  readonly code: number | null;
  readonly reason: string;
  readonly explanation: string;
}

function notDone({ refused, unknown, remaining }: Report, rows: readonly ProblemRow[]): readonly NotDone[] {
  const because = (outcome: 'unknown' | 'not_tried', explanation: string) => (left: UnfinishedUser) => {
    const { user, number, code, message, details } = left;
    const said = [message, details].filter(Boolean).join(': ');
    const why = said === '' ? explanation : `${explanation} The server said: ${said}`;
    return { number, user: nameOf(user), outcome, code, reason: outcome, explanation: why } as const;
  };
  return [
    ...refused.map((refusal) => {
      const { user, code, reason, explanation } = refusal;
      const number = numberOf(refusal);
      return { number, user: nameOf(user), outcome: 'refused', code, reason, explanation } as const;
    }),
    ...unknown.map(because('unknown', 'The request failed without an answer. You can safely repeat it.')),
    ...remaining.map(because('not_tried', 'The user was not changed.')),
    ...rows.map(({ line, text, problem }) => {
      const explanation = `Line ${line}: ${explainProblem(problem)}`;
      const row = { number: null, user: text, code: null, reason: problem.code, explanation };
      return { ...row, outcome: 'not_understood' } as const;
    }),
  ];
}

function resultsOf(report: Report, showing: Showing): readonly object[] {
  const { done, standing = 'standing', notUnderstood } = showing;
  const row = (outcome: string) => (user: ChangedUser) => ({
    ...named(numberOf(user)),
    user: nameOf(user.user),
    outcome,
    wa_id: user.waId,
    user_id: user.userId,
  });
  return [
    ...report.changed.map(row(done)),
    ...report.standing.map(row(standing)),
    ...notDone(report, notUnderstood).map(({ number, ...rest }) => ({ ...named(number), ...rest })),
  ];
}

const named = (number: string | null) => (number === null ? {} : { number });

function numberOf(user: ChangedUser): string | null {
  return 'number' in user && typeof user.number === 'string' ? user.number : null;
}

/** A screenful: everybody when they are few, otherwise those who need attention. */
const rowsMax = 20;

function peopleTable(report: Report, showing: Showing): string {
  const { done, standing = 'standing', notUnderstood, byNumber } = showing;
  const why = standing === 'standing' ? 'They will be blocked at their next message.' : '';
  const row = (outcome: string, because: string) => (user: ChangedUser) => [
    numberOf(user) ?? '–',
    nameOf(user.user),
    outcome,
    because,
  ];
  const others = notDone(report, notUnderstood).map(({ number, user, outcome, code, explanation }) => [
    number ?? '–',
    user,
    outcome.replace('_', ' '),
    code === null ? explanation : `${code}: ${explanation}`,
  ]);
  const all = [...report.changed.map(row(done, '')), ...report.standing.map(row(standing, why)), ...others];
  const rows = all.length <= rowsMax ? all : others;
  if (rows.length === 0) return '';
  const more = rows.length - rowsMax;
  const rest =
    more > 0
      ? `… and ${count(more, 'more', 'more')}. --json shows all of them, and --out FILE saves them.\n`
      : '';
  const cells = [['NUMBER', 'USER', 'OUTCOME', 'WHY'], ...rows.slice(0, rowsMax)];
  const [header = [], ...shown] = byNumber ? cells : cells.map((row) => row.slice(1));
  return `${table(header, shown)}${rest}\n`;
}

function summaryOf(report: Report, { done, standing: word = 'standing', notUnderstood }: Showing): string {
  const { changed, standing, refused, unknown, remaining } = report;
  const parts = [count(changed.length, done, done)];
  if (standing.length > 0 || word === 'withdrawn') parts.push(count(standing.length, word, word));
  parts.push(count(refused.length, 'refused', 'refused'));
  if (unknown.length > 0) parts.push(count(unknown.length, 'unknown', 'unknown'));
  if (remaining.length > 0) parts.push(count(remaining.length, 'not tried', 'not tried'));
  if (notUnderstood.length > 0) parts.push(count(notUnderstood.length, 'not understood', 'not understood'));
  return `${parts.join(', ')}.`;
}

function unfinished({ cause }: Report, { interrupted, out, resume }: Showing): string {
  const why = interrupted
    ? 'Interrupted: the work is not finished.'
    : `The work is not finished: ${explain(cause)}`;
  const when = interrupted ? 'To finish' : 'When the problem is fixed';
  const next =
    out === undefined
      ? `${when}, run the same command again. It does not repeat finished work.`
      : `${when}, continue with ${resume(out)}.`;
  return `${why}\n${next}`;
}

const reportHeader = /^user,(?:number,)?(?:note,until,)?outcome,code,reason,explanation\r?\n/;

/**
 * Makes sure of a file before the work, so that its report cannot be lost for want of a place.
 * @param options.unless the file that the users came from: it is replaced only if it is such a report itself.
 */
export function requireWritable(path: string, { unless: from }: { unless: string | undefined }): void {
  if (from !== undefined && resolve(from) === resolve(path) && !isReport(from)) {
    throw new UsageError(
      `--out would replace ${from}, which is not a report of this command. Name another file.`,
    );
  }
  const isNew = !existsSync(path);
  try {
    writeFileSync(path, '', { flag: 'a' });
  } catch (error) {
    throw new UsageError(
      `--out: ${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  if (isNew) rmSync(path);
}

function isReport(path: string): boolean {
  return reportHeader.test(readFileSync(path, 'utf8'));
}

function writeOut(path: string, rows: readonly NotDone[], { byNumber, imported }: Showing): void {
  const columns = [
    'user',
    ...(byNumber ? ['number'] : []),
    ...(imported === undefined ? [] : ['note', 'until']),
    ...['outcome', 'code', 'reason', 'explanation'],
  ];
  const lines = rows.map((row) => ({ ...row, ...imported?.get(row.user) }));
  writeFileSync(path, stringify(lines, { header: true, columns }));
}

/** A user as a report names them. */
export function nameOf(user: User): string {
  if (typeof user === 'string') return user;
  return 'phone' in user ? user.phone : user.userId;
}
