import { setImmediate } from 'node:timers/promises';
import { type BlockTerms, noteLengthMax } from '@blockhouse/engine';
import { explainList, explainProblem, isCountry, type Row } from '@blockhouse/user-lists';
import { streamUserList } from '@blockhouse/user-lists/stream';
import type { Reading } from '../../../blocklists/bulk/bulk-request.ts';
import { invalid, shown } from '../../shared/errors.ts';
import { readTime } from '../../shared/time.ts';

/** A row of an imported list. */
export interface ImportedRow {
  /** The user as the list names them. */
  readonly text: string;
  readonly reading: Reading;
  /** The note and the expiry of the row. An empty cell is absent. */
  readonly terms: BlockTerms;
}

const rowsPerTurn = 1000;

/**
 * Reads a list from CSV. Other requests have their turns meanwhile.
 * @param options.column the name or position of the column of users, if the header does not identify it.
 * @param options.country the ISO 3166 code of the country that national phone numbers belong to.
 * @throws RequestError if the list as a whole cannot be read, or a line of it.
 */
export async function readImport(
  bytes: Uint8Array,
  { column, country }: { column: string | null; country: string | null },
): Promise<readonly ImportedRow[]> {
  if (country !== null && !isCountry(country))
    throw invalid(`Param country must be an ISO 3166 code such as BR - got "${shown(country)}".`);
  const list = await streamUserList(bytes, {
    column: column ?? undefined,
    defaultCountry: country ?? undefined,
  });
  if ('kind' in list) {
    const how = list.kind === 'question' ? ' Name it with the query parameter "column".' : '';
    throw invalid(explainList(list) + how);
  }
  const rows: ImportedRow[] = [];
  for (const row of list) {
    if (rows.push(readRow(row)) % rowsPerTurn === 0) await setImmediate();
  }
  return rows;
}

function readRow(row: Row): ImportedRow {
  const { line, text } = row;
  if ('problem' in row) {
    if (row.problem.code === 'empty') throw invalid(`Line ${line} names no user.`);
    if (row.problem.code === 'cell_count')
      throw invalid(`The CSV cannot be read, line ${line}: ${explainProblem(row.problem)}`);
    return { text, reading: { problem: `Line ${line}: ${explainProblem(row.problem)}` }, terms: {} };
  }
  const { user, note, until } = row;
  if (note !== null && [...note].length > noteLengthMax)
    throw invalid(`The note in line ${line} is longer than ${noteLengthMax} characters.`);
  const terms = {
    ...(note !== null && { note }),
    ...(until !== null && { untilMs: readTime(`until in line ${line}`, until) }),
  };
  return { text, reading: { user }, terms };
}
