import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type MessageFormatElement, parse, TYPE } from '@formatjs/icu-messageformat-parser';
import type { Plugin } from 'vite';

const prefix = 'virtual:catalog/';
const folder = fileURLToPath(new URL('../messages/', import.meta.url));

/** The languages that have a catalog. */
export function catalogLanguages(): readonly string[] {
  return readdirSync(folder).map((name) => name.replace(/\.json$/, ''));
}

/** The texts of a language as translators write them: ICU messages by their names. */
export function readCatalog(language: string): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(`${folder}${language}.json`, 'utf8')) as Record<string, string>;
}

/** An ICU message as the panel reads it. @throws SyntaxError */
export function parseMessage(text: string): MessageFormatElement[] {
  return parse(text, { ignoreTag: true, captureLocation: false });
}

/** Texts of pages that few people open, mostly of administrators: they are a file of their own. */
const rare = /^(?:setup|deliveries|keys|rules\.(?:form|conditions|conditionHints|replay|readyMade))\./;

/** Which texts: `main` is loaded with the panel, `rare` with the pages that have them. */
export type CatalogPart = 'main' | 'rare';

/** The texts of a language, parsed, so that a browser needs no parser. */
export function compileCatalog(
  language: string,
  part?: CatalogPart,
): Readonly<Record<string, string | MessageFormatElement[]>> {
  const texts = Object.entries(readCatalog(language));
  const wanted = part === undefined ? texts : texts.filter(([id]) => rare.test(id) === (part === 'rare'));
  return Object.fromEntries(
    wanted.map(([id, text]) => {
      const parsed = parseMessage(text);
      const [only] = parsed;
      const isPlain = parsed.length === 1 && only?.type === TYPE.literal;
      return [id, isPlain ? only.value : parsed];
    }),
  );
}

export function catalogs(): Plugin {
  return {
    name: 'catalogs',
    resolveId: (source) => (source.startsWith(prefix) ? `\0${source}` : null),
    load(source) {
      if (!source.startsWith(`\0${prefix}`)) return null;
      const [language = '', part] = source.slice(prefix.length + 1).split('/');
      this.addWatchFile(`${folder}${language}.json`);
      const compiled = compileCatalog(language, part === 'rare' ? 'rare' : 'main');
      return `export const catalog = JSON.parse(${JSON.stringify(JSON.stringify(compiled))});`;
    },
  };
}
