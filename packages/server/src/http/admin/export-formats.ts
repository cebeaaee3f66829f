import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The formats of lists. Only JSON comes in pages. */
export type ExportFormat = 'json' | 'csv' | 'ndjson';

const formats: Readonly<Record<string, ExportFormat>> = {
  'application/json': 'json',
  'text/csv': 'csv',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
};

/** The format that `Accept` prefers by its weights; JSON by default. */
export function negotiateFormat({ headers }: FastifyRequest): ExportFormat {
  const wanted = (headers.accept ?? '').split(',').flatMap((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const format = formats[type];
    const weight = Number(parameters.find((part) => part.startsWith('q='))?.slice(2) ?? 1);
    return format === undefined || !(weight > 0) ? [] : [{ format, weight }];
  });
  return wanted.toSorted((a, b) => b.weight - a.weight)[0]?.format ?? 'json';
}

type Row = Readonly<Record<string, unknown>>;

/** Streams rows as they are read. Reading ends when the client disconnects. */
export function sendRows(
  reply: FastifyReply,
  format: 'csv' | 'ndjson',
  { rows, columns, file }: { rows: AsyncIterable<Row>; columns: readonly string[]; file: string },
): FastifyReply {
  const type = format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson';
  const lines = format === 'csv' ? csvLines(rows, columns) : jsonLines(rows);
  return reply
    .type(type)
    .header('content-disposition', `attachment; filename="${file}.${format}"`)
    .send(Readable.from(lines));
}

export async function* jsonLines(rows: AsyncIterable<Row>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`;
}

async function* csvLines(rows: AsyncIterable<Row>, columns: readonly string[]): AsyncGenerator<string> {
  yield `${columns.join(',')}\n`;
  for await (const row of rows) {
    // The apostrophe before a formula keeps spreadsheets from running it. An import removes it.
    yield stringify([columns.map((column) => row[column] ?? '')], { escape_formulas: true });
  }
}
