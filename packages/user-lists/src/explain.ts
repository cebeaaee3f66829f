import type { FileKind } from './encoding.ts';
import type { Column } from './layout.ts';
import { type ListProblem, listBytesMax } from './list.ts';

const sheets = 'Open it, save the sheet as CSV (UTF-8), and give that file';
const files: Readonly<Record<FileKind, string>> = {
  excel: `The file is an Excel workbook. ${sheets}.`,
  opendocument: `The file is an OpenDocument file. ${sheets}.`,
  numbers: `The file is a Numbers document. Export it to CSV in Numbers, and give that file.`,
  zip: 'The file is an archive. Unpack it, and give the CSV or text file in it.',
  pdf: 'The file is a PDF. Copy the numbers out of it, or ask for the list as CSV.',
  rtf: 'The file is a formatted document. Save it as plain text, and give that file.',
  image: 'The file is a picture. Type the numbers, or ask for the list as CSV.',
  binary: 'The file is no text. Give a CSV or text file with a user on each line.',
};

const columnsShown = 20;

/** Why a list is not read, in English sentences, with what to do. */
export function explainList(given: ListProblem): string {
  if (given.kind === 'file') return files[given.file];
  if (given.kind === 'too_large')
    return `The file is larger than ${listBytesMax / 1024 / 1024} MiB. Split it.`;
  if (given.kind === 'broken') return `The CSV cannot be read: ${oneLine(given.reason)}.`;
  const why = {
    none_named: 'No column is named as one of phones',
    several_named: 'More than one column could be the one of phones',
    unknown_column: 'There is no such column',
  }[given.question];
  const more = given.columns.length > columnsShown ? ', …' : '';
  const columns = given.columns.slice(0, columnsShown).map(columnInWords).join(', ');
  return `${why}. Choose the column of users: ${columns}${more}.`;
}

function columnInWords({ place, name, samples }: Column): string {
  const sample = samples[0] === undefined ? 'empty' : `such as "${oneLine(samples[0])}"`;
  return name === null || name === '' ? `${place} (${sample})` : `${place} "${oneLine(name)}" (${sample})`;
}

function oneLine(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .replace(/\.$/, '');
}
