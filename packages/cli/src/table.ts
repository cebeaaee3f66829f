import stringWidth from 'string-width';
import { plain } from './output.ts';

/** Columns with a header, as wide on a terminal as what is in them. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows.map((row) => row.map(plain))];
  const widths = header.map((_, column) =>
    all.reduce((widest, row) => Math.max(widest, stringWidth(row[column] ?? '')), 0),
  );
  const padded = (cell: string, column: number) =>
    cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - stringWidth(cell)));
  return all
    .map((row) => row.map(padded).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** One line of JSON for each, with names as the HTTP API has them: in snake_case. */
export function jsonLines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(inSnakeCase(row))}\n`).join('');
}

function inSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inSnakeCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [snakeCase(name), inSnakeCase(inner)]),
  );
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `1 number`, `2 numbers`; thousands are set apart. */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount.toLocaleString('en')} ${amount === 1 ? one : many}`;
}
