import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The forms that lists come in, besides a page of JSON. */
export type Form = 'json' | 'csv' | 'ndjson';

/** What the caller accepts; JSON when nothing else is named first. */
export function formOf({ headers }: FastifyRequest): Form {
  const accept = headers.accept ?? '';
  if (/text\/csv/i.test(accept)) return 'csv';
  return /application\/(x-)?ndjson/i.test(accept) ? 'ndjson' : 'json';
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
