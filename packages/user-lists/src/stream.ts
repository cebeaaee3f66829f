import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { parse } from 'csv-parse';
import { bodyOf, csvOptions, type ListOptions, layoutOf } from './layout.ts';
import { brokenCsv, type CsvRecord, type ListProblem, openList, TableReader, textRows } from './list.ts';
import type { Row } from './rows.ts';

export type { ListOptions, ListProblem, Row };

const sliceLength = 16 * 1024;
const rowsPerTurn = 500;

/**
 * Reads the same as `readUserList`, a slice at a time, so that other work of the process continues in between.
 * @returns the rows, or why the list is not read. Rows are not yielded before the whole list is known to be readable.
 */
export async function streamUserList(
  source: string | Uint8Array,
  options: ListOptions = {},
): Promise<readonly Row[] | ListProblem> {
  const opened = openList(source);
  if (typeof opened !== 'string') return opened;
  const layout = layoutOf(opened, options);
  if (layout.kind === 'question') return layout;
  const rows: Row[] = [];
  if (layout.kind !== 'table') {
    for (const row of textRows(opened, layout, options)) {
      if (rows.push(row) % rowsPerTurn === 0) await setImmediate();
    }
    return rows;
  }
  const reader = new TableReader(layout, options);
  const records = Readable.from(slicesOf(bodyOf(opened))).pipe(
    parse({ ...csvOptions(layout.delimiter), info: true }),
  );
  try {
    for await (const record of records as AsyncIterable<CsvRecord>) {
      const row = reader.read(record);
      if (row !== null) rows.push(row);
    }
  } catch (error) {
    return brokenCsv(error);
  }
  return rows;
}

async function* slicesOf(text: string): AsyncGenerator<string> {
  for (let start = 0; start < text.length; start += sliceLength) {
    yield text.slice(start, start + sliceLength);
    await setImmediate();
  }
}
