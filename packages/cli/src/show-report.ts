import type { ChangedUser } from '@blockhouse/client';
import type { ProblemRow } from '@blockhouse/user-lists';
import { exitCodes, explain } from './failure.ts';
import { nameOf, notDone, numberOf, type Report } from './report.ts';
import { type ImportedTerms, writeReport } from './report-file.ts';
import { count, jsonLines, table } from './table.ts';

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

/** Shows a report: results on standard output, what else there is to know on standard error. @returns the exit code. */
export function showReport(report: Report, showing: Showing): number {
  const { json, out, interrupted, notUnderstood } = showing;
  if (json) process.stdout.write(jsonLines(resultsOf(report, showing)));
  else process.stdout.write(peopleTable(report, showing));
  const summary = summaryOf(report, showing);
  (json ? process.stderr : process.stdout).write(`${summary}\n`);
  if (out !== undefined) writeReport(out, notDone(report, notUnderstood), showing);
  const isFinished = report.cause === null && report.unknown.length + report.remaining.length === 0;
  if (!isFinished) process.stderr.write(`${unfinished(report, showing)}\n`);
  if (interrupted && !isFinished) return exitCodes.interrupted;
  if (!isFinished) return exitCodes.failed;
  return report.refused.length + notUnderstood.length > 0 ? exitCodes.refused : exitCodes.done;
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
