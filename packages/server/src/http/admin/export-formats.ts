import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The forms that lists come in, besides a page of JSON. */
export type ExportFormat = 'json' | 'csv' | 'ndjson';

const formsOf: Readonly<Record<string, ExportFormat>> = {
  'application/json': 'json',
  'text/csv': 'csv',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
};

/** What the caller would rather have, by the weights of `Accept`; JSON when it does not say. */
export function negotiateFormat({ headers }: FastifyRequest): ExportFormat {
  const wanted = (headers.accept ?? '').split(',').flatMap((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const form = formsOf[type];
    const weight = Number(parameters.find((part) => part.startsWith('q='))?.slice(2) ?? 1);
    return form === undefined || !(weight > 0) ? [] : [{ form, weight }];
  });
  return wanted.toSorted((a, b) => b.weight - a.weight)[0]?.form ?? 'json';
}

type Row = Readonly<Record<string, unknown>>;

/** Sends rows as they are read, however many there are. Whoever hangs up ends the reading. */
export function sendRows(
  reply: FastifyReply,
  form: 'csv' | 'ndjson',
  { rows, columns, file }: { rows: AsyncIterable<Row>; columns: readonly string[]; file: string },
): FastifyReply {
  const type = form === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson';
  const lines = form === 'csv' ? csvLines(rows, columns) : jsonLines(rows);
  return reply
    .type(type)
    .header('content-disposition', `attachment; filename="${file}.${form}"`)
    .send(Readable.from(lines));
}

export async function* jsonLines(rows: AsyncIterable<Row>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`;
}

async function* csvLines(rows: AsyncIterable<Row>, columns: readonly string[]): AsyncGenerator<string> {
  yield `${columns.join(',')}\n`;
  for await (const row of rows) {
    // Spreadsheets take what begins like a formula for one; an import takes the mark off again.
    yield stringify([columns.map((column) => row[column] ?? '')], { escape_formulas: true });
  }
}
