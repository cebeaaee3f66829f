import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { UsageError } from './failure.ts';
import type { NotDone } from './report.ts';

/** The other fields of a user in an imported list. */
export interface ImportedTerms {
  readonly note: string | null;
  readonly until: string | null;
}

const reportHeader = /^user,(?:number,)?(?:note,until,)?outcome,code,reason,explanation\r?\n/;

/**
 * Checks before the work that a file can be written, so that its report is not lost.
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

/**
 * Writes the users who were not done, with the reasons. The command reads such a file as its list.
 * @param options.byNumber whether rows name their number.
 * @param options.imported the other fields of each user in an imported list; undefined: it was no import.
 */
export function writeReport(
  path: string,
  rows: readonly NotDone[],
  {
    byNumber,
    imported,
  }: { readonly byNumber: boolean; readonly imported?: ReadonlyMap<string, ImportedTerms> | undefined },
): void {
  const columns = [
    'user',
    ...(byNumber ? ['number'] : []),
    ...(imported === undefined ? [] : ['note', 'until']),
    ...['outcome', 'code', 'reason', 'explanation'],
  ];
  const lines = rows.map((row) => ({ ...row, ...imported?.get(row.user) }));
  writeFileSync(path, stringify(lines, { header: true, columns }));
}
