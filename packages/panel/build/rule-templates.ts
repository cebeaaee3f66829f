import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { parse } from 'yaml';

const id = 'virtual:rule-templates';

/** The rules that ship with Blockhouse, all off. */
const file = fileURLToPath(new URL('../../../examples/auto-block-rules.yaml', import.meta.url));

export function readTemplates(): readonly { readonly name: string }[] {
  return (parse(readFileSync(file, 'utf8')) as { rules: { name: string }[] }).rules;
}

export function ruleTemplates(): Plugin {
  return {
    name: 'rule-templates',
    resolveId: (source) => (source === id ? `\0${id}` : null),
    load: (source) =>
      source === `\0${id}` ? `export const templates = ${JSON.stringify(readTemplates())};` : null,
  };
}
