// Writes the type of the panel's texts, from its English catalog: the name of each text, and the values that it takes.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type MessageFormatElement, TYPE } from '@formatjs/icu-messageformat-parser';
import { parseMessage, readCatalog } from '../packages/panel/build/catalogs.ts';

export const typesPath = fileURLToPath(
  new URL('../packages/panel/src/i18n/message-values.ts', import.meta.url),
);

/** The values of a message, with the type of each. */
export function valuesIn(parts: readonly MessageFormatElement[]): ReadonlyMap<string, 'string' | 'number'> {
  const values = new Map<string, 'string' | 'number'>();
  for (const part of parts) {
    if (part.type === TYPE.argument) values.set(part.value, values.get(part.value) ?? 'string');
    if (part.type === TYPE.number || part.type === TYPE.plural) values.set(part.value, 'number');
    if (part.type === TYPE.select) values.set(part.value, 'string');
    if (part.type !== TYPE.plural && part.type !== TYPE.select) continue;
    for (const { value } of Object.values(part.options))
      for (const [name, type] of valuesIn(value)) if (values.get(name) !== 'number') values.set(name, type);
  }
  return values;
}

function typeOf(text: string): string {
  const values = [...valuesIn(parseMessage(text))];
  if (values.length === 0) return 'null';
  return `{ readonly ${values.map(([name, type]) => `${name}: ${type}`).join('; readonly ')} }`;
}

export function typesText(): string {
  const lines = Object.entries(readCatalog('en')).map(([id, text]) => `  readonly '${id}': ${typeOf(text)};`);
  return [
    '/** The texts of the panel with the values that each takes; null: it takes none. Written by `npm run messages`. */',
    'export interface MessageValues {',
    ...lines,
    '}',
    '',
  ].join('\n');
}

if (import.meta.main) writeFileSync(typesPath, typesText());
