/** The languages of the panel: their names in themselves, and the direction in which they are written. */
export const languages = {
  en: { name: 'English', direction: 'ltr' },
  'pt-BR': { name: 'Português (Brasil)', direction: 'ltr' },
  es: { name: 'Español', direction: 'ltr' },
  id: { name: 'Bahasa Indonesia', direction: 'ltr' },
  hi: { name: 'हिन्दी', direction: 'ltr' },
  de: { name: 'Deutsch', direction: 'ltr' },
  ru: { name: 'Русский', direction: 'ltr' },
  ar: { name: 'العربية', direction: 'rtl' },
} as const satisfies Readonly<Record<string, { name: string; direction: 'ltr' | 'rtl' }>>;

/** A BCP 47 language tag. */
export type Language = keyof typeof languages;

export const languageCodes = Object.keys(languages) as readonly Language[];

/** Indonesian, Hebrew and Yiddish had other codes, which some systems still send. */
const formerCodes: Readonly<Record<string, string>> = { in: 'id' };

const baseOf = (tag: string): string => {
  const [base = ''] = tag.toLowerCase().split(/[-_]/);
  return formerCodes[base] ?? base;
};

/** The language of ours for a tag such as `pt` or `de-AT`; null: there is none. */
export function languageFor(tag: string): Language | null {
  return languageCodes.find((code) => baseOf(code) === baseOf(tag)) ?? null;
}

/** The first of a reader's languages that is one of ours; English where none is. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const found = languageFor(tag);
    if (found !== null) return found;
  }
  return 'en';
}

/**
 * The locale in which dates, times and numbers are written: the reader's region, if the browser names it in the language that is
 * shown. An English reader in India has `en-IN`, whatever language the screens had before.
 */
export function formatLocale(language: Language, wanted: readonly string[]): string {
  return wanted.find((tag) => baseOf(tag) === baseOf(language) && isLocale(tag)) ?? language;
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
