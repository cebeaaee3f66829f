import { chooseLanguage, type Language, languageFor } from './languages.ts';

const key = 'blockhouse-language';

/** The language to begin with: the one that was chosen here, or the first of the browser's that the panel has. */
export function chosenLanguage(): Language {
  return chooseLanguage([remembered(), ...navigator.languages].filter((tag) => tag !== null));
}

function remembered(): Language | null {
  try {
    const tag = localStorage.getItem(key);
    return tag === null ? null : languageFor(tag);
  } catch {
    return null;
  }
}

/** A browser may refuse to keep anything; then its own languages count the next time. */
export function rememberLanguage(language: Language): void {
  try {
    localStorage.setItem(key, language);
  } catch {}
}
