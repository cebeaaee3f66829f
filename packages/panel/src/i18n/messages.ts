import type { MessageFormatElement } from '@formatjs/icu-messageformat-parser';
import { IntlMessageFormat } from 'intl-messageformat';
import { formatLocale, type Language, languages } from './languages.ts';
import type { MessageValues } from './message-values.ts';

/** The name of a text in the catalogs. */
export type MessageId = keyof MessageValues;

/** The texts of one language: ICU messages, parsed when the panel is built. A text without values is a string. */
export type Catalog = Readonly<Record<MessageId, string | MessageFormatElement[]>>;

type Load = () => Promise<{ readonly catalog: Partial<Catalog> }>;

/** The catalogs, each with the texts of the pages that few people open apart. They are loaded when they are shown. */
const catalogs: Readonly<Record<Language, readonly [main: Load, rare: Load]>> = {
  en: [() => import('virtual:catalog/en'), () => import('virtual:catalog/en/rare')],
  'pt-BR': [() => import('virtual:catalog/pt-BR'), () => import('virtual:catalog/pt-BR/rare')],
  es: [() => import('virtual:catalog/es'), () => import('virtual:catalog/es/rare')],
  id: [() => import('virtual:catalog/id'), () => import('virtual:catalog/id/rare')],
  hi: [() => import('virtual:catalog/hi'), () => import('virtual:catalog/hi/rare')],
  de: [() => import('virtual:catalog/de'), () => import('virtual:catalog/de/rare')],
  ru: [() => import('virtual:catalog/ru'), () => import('virtual:catalog/ru/rare')],
  ar: [() => import('virtual:catalog/ar'), () => import('virtual:catalog/ar/rare')],
};

let catalog: Partial<Catalog> = {};
let hasRare = false;
let shown: Language = 'en';
let shownLocale = 'en';
const formats = new Map<string, IntlMessageFormat>();
const listeners = new Set<() => void>();

/** The language that is shown. */
export const language = (): Language => shown;

/** The locale of dates, times and numbers. */
export const locale = (): string => shownLocale;

/** Calls back when another language is shown. @returns stops that. */
export function onLanguage(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Shows a language. @throws when its catalog cannot be loaded; then the one before stays. */
export async function showLanguage(wanted: Language): Promise<void> {
  const [main, rare] = catalogs[wanted];
  const parts = await Promise.all(hasRare ? [main(), rare()] : [main()]);
  applyCatalog(wanted, Object.assign({}, ...parts.map((part) => part.catalog)), navigator.languages);
  document.documentElement.lang = wanted;
  document.documentElement.dir = languages[wanted].direction;
  for (const listener of listeners) listener();
}

/** Loads the texts of pages that few people open. They are there in every language from then on. */
export async function loadRareTexts(): Promise<void> {
  hasRare = true;
  const asked = shown;
  const [, rare] = catalogs[asked];
  const texts = (await rare()).catalog;
  // Another language that was chosen meanwhile has brought its own.
  if (asked === shown) catalog = { ...catalog, ...texts };
}

/** Takes the texts of a language that is loaded. */
export function applyCatalog(
  chosen: Language,
  texts: Partial<Catalog>,
  readersLanguages: readonly string[],
): void {
  catalog = texts;
  shown = chosen;
  shownLocale = formatLocale(chosen, readersLanguages);
  formats.clear();
}

type Values<Id extends MessageId> = null extends MessageValues[Id] ? [] : [values: MessageValues[Id]];

/** A text in the language that is shown, with its values. */
export function t<Id extends MessageId>(id: Id, ...[values]: Values<Id>): string {
  const message = catalog[id];
  if (message === undefined) throw new Error(`there is no text ${id}`);
  if (typeof message === 'string') return message;
  let format = formats.get(id);
  if (format === undefined) {
    format = new IntlMessageFormat(message, shownLocale);
    formats.set(id, format);
  }
  return String(format.format({ ...(values as object) }));
}

type Prefixes<Id extends string> = Id extends `${infer First}.${infer Rest}`
  ? First | `${First}.${Prefixes<Rest>}`
  : never;

/** The beginning of the names of several texts, such as `block.durations`. */
export type Family = Prefixes<MessageId>;

/** The text for a code of the server; null: the panel does not know the code, as of a server that is newer. */
export function textFor(family: Family, code: string | null): string | null {
  const text = code === null ? undefined : catalog[`${family}.${code}` as MessageId];
  return typeof text === 'string' ? text : null;
}

/** The texts of a family, for a list to choose from: the value of each is the end of its name. */
export function choicesOf(family: Family): readonly { readonly value: string; readonly label: string }[] {
  const start = `${family}.`;
  return Object.entries(catalog).flatMap(([id, label]) =>
    id.startsWith(start) && typeof label === 'string' ? [{ value: id.slice(start.length), label }] : [],
  );
}
