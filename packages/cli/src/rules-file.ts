import { readFileSync } from 'node:fs';
import type { RulesDocument } from '@blockhouse/client';
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { UsageError } from './failure.ts';

/** A file of auto-block rules, in YAML or JSON. */
export interface RulesFile {
  readonly document: RulesDocument;
  /** The message of a server about one of the rules, with the line of the rule. */
  readonly locate: (message: string) => string;
}

/** Bytes that a server accepts in a request. */
const bytesMax = 1024 * 1024;

/** Aliases that one anchor may have: a few lines of them can stand for gigabytes. */
const aliasesMax = 100;

/**
 * Reads a rules file; `-` is standard input.
 * @throws UsageError when it is no rules file; the message names the line.
 */
export function readRulesFile(path: string): RulesFile {
  const text = readText(path);
  if (Buffer.byteLength(text) > bytesMax) throw new UsageError(`${path} is larger than 1 MiB.`);
  const lines = new LineCounter();
  const parsed = parseDocument(text, { lineCounter: lines });
  const [error] = parsed.errors;
  if (error !== undefined) throw new UsageError(`${path}: ${error.message}`);
  const document = toValue(parsed, path);
  if (typeof document !== 'object' || document === null || !Array.isArray((document as RulesDocument).rules))
    throw new UsageError(`${path} has no list "rules".`);
  const lineOf = (index: number) => {
    const rules = parsed.get('rules', true);
    const offset = isSeq(rules) ? rangeStart(rules.items[index]) : undefined;
    return offset === undefined ? null : lines.linePos(offset).line;
  };
  const names = (document as RulesDocument).rules.map((rule) => rule?.name);
  return {
    document: document as RulesDocument,
    locate(message) {
      const [, name] = /Rule "(.*?)":/.exec(message) ?? [];
      const [, place] = /rules[./[](\d+)/.exec(message) ?? [];
      const index = place === undefined ? names.indexOf(name ?? '') : Number(place);
      const line = index < 0 ? null : lineOf(index);
      return line === null ? message : `${path}, line ${line}: ${message}`;
    },
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`);
  }
}

function toValue(parsed: Document.Parsed, path: string): unknown {
  try {
    return parsed.toJS({ maxAliasCount: aliasesMax });
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
}

function rangeStart(node: unknown): number | undefined {
  return isMap(node) || isScalar(node) || isSeq(node) ? node.range?.[0] : undefined;
}
