import type { Measured, Ratio } from './measure.ts';

/** Columns with a header, as wide as what is in them, in Markdown's form. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`;
  return line(header) + line(widths.map((width) => '-'.repeat(width))) + rows.map(line).join('');
}

/** `0.45 (0.41–0.48)` */
export function ratio({ median, min, max }: Ratio): string {
  return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
}

export function milliseconds(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}

export function mebibytes({ rssBytes }: Pick<Measured, 'rssBytes'>): string {
  return (rssBytes / 2 ** 20).toFixed(0);
}

/** Says on a terminal what takes long, and takes it back with the next one. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
