import { isUtf8 } from 'node:buffer';
import { bodyBytesMax } from '@blockhouse/engine';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { invalid, shown } from './errors.ts';

/** The names and texts of a query or a form, in the order they came in. */
export type FormEntries = readonly (readonly [name: string, text: string])[];

/** A part costs far more to read than a field of the other encoding. A list fits into one part as JSON. */
const partsMax = 100;

/** `name[0][field]` and `name[]`, as PHP's `http_build_query` writes lists and objects. */
const bracketed = /^([^[\]]+)((?:\[[^[\]]*\])+)$/;
const bracketDepthMax = 8;

/** Reads `application/x-www-form-urlencoded`. */
export function readUrlEncoded(body: Buffer): FormEntries {
  return [...new URLSearchParams(body.toString('utf8'))];
}

/**
 * Reads `multipart/form-data` without files.
 * @throws RequestError if the form is malformed, or has a file or too many parts.
 */
export function readMultipart(body: Buffer, contentType: string): Promise<FormEntries> {
  return new Promise((resolve, reject) => {
    if (!isUtf8(body)) throw invalid('The body is not valid UTF-8.');
    const entries: [string, string][] = [];
    const parser = openMultipart(contentType);
    parser.on('field', (name: string | undefined, text) => {
      if (name === undefined) reject(brokenMultipart());
      else entries.push([name, text]);
    });
    parser.on('file', (name: string | undefined, content) => {
      // A file that is incomplete emits an error of its own, which would end the process without a listener.
      content.on('error', () => reject(brokenMultipart())).resume();
      reject(
        name === undefined ? brokenMultipart() : invalid(`Param ${shown(name)} must be text, not a file.`),
      );
    });
    parser.on('partsLimit', () =>
      reject(invalid(`The body has more than ${partsMax} parts. Write a list as JSON in one part.`)),
    );
    parser.on('error', () => reject(brokenMultipart()));
    parser.on('finish', () => resolve(entries));
    parser.end(body);
  });
}

function openMultipart(contentType: string): BusboyInstance {
  const limits = { parts: partsMax, fieldSize: bodyBytesMax };
  try {
    return new Busboy({ headers: { 'content-type': contentType }, limits });
  } catch {
    throw brokenMultipart();
  }
}

function brokenMultipart(): Error {
  return invalid('The body is not valid multipart/form-data.');
}

/**
 * The fields of a form: `a[0][b]=1` is `{a: [{b: 1}]}`. If an entry comes twice, the last one counts.
 * @param readText reads the text of an entry.
 */
export function fieldsOf(
  entries: FormEntries,
  readText: (name: string, text: string) => unknown,
): Readonly<Record<string, unknown>> {
  const fields = new Node();
  for (const [name, text] of entries) {
    const [, top = name, brackets = ''] = bracketed.exec(name) ?? [];
    const path = brackets === '' ? [top] : [top, ...brackets.slice(1, -1).split('][')];
    if (path.length > bracketDepthMax)
      throw invalid(`Param ${shown(name)} is nested deeper than ${bracketDepthMax} levels.`);
    place(fields, path, readText(name, text));
  }
  return Object.fromEntries([...fields].map(([name, value]) => [name, plain(value)]));
}

/** Fields of one level, with the index that the next `[]` stands for. */
class Node extends Map<string, unknown> {
  next = 0;

  override set(name: string, value: unknown): this {
    if (isIndex(name)) this.next = Math.max(this.next, Number(name) + 1);
    return super.set(name, value);
  }
}

function isIndex(name: string): boolean {
  return /^\d{1,9}$/.test(name);
}

function place(root: Node, path: readonly string[], value: unknown): void {
  let node = root;
  path.forEach((key, index) => {
    // `[]` is the element after the last one.
    const name = key === '' && index > 0 ? String(node.next) : key;
    if (index === path.length - 1) {
      node.set(name, value);
      return;
    }
    const inner = node.get(name);
    const next = inner instanceof Node ? inner : new Node();
    node.set(name, next);
    node = next;
  });
}

/** A list if all names are indexes, in their order, and otherwise an object. */
function plain(value: unknown): unknown {
  if (!(value instanceof Node)) return value;
  const entries = [...value].map(([key, inner]) => [key, plain(inner)] as const);
  if (!entries.every(([key]) => isIndex(key))) return Object.fromEntries(entries);
  return entries.toSorted(([one], [other]) => Number(one) - Number(other)).map(([, inner]) => inner);
}
