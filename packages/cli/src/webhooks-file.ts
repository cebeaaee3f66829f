import { readFileSync } from 'node:fs';
import { UsageError } from './failure.ts';

/**
 * Reads a file of webhooks: a list, one alone, or one a line.
 * @throws UsageError when it is none of these; the message names the line.
 */
export function readWebhooksFile(path: string): readonly object[] {
  const text = readText(path);
  const whole = readJson(text);
  if (whole !== undefined) {
    const list: readonly unknown[] = Array.isArray(whole) ? whole : [whole];
    if (list.length === 0 || !list.every(isObject)) throw new UsageError(`${path} has no webhooks.`);
    return list;
  }
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const webhook = readJson(line);
    if (!isObject(webhook)) throw new UsageError(`${path}, line ${index + 1}: this is no webhook in JSON.`);
    return [webhook];
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`);
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
