import { useSyncExternalStore } from 'react';
import { type Language, languageFor } from '../i18n/languages.ts';
import { isTheme, phonesIn, type Theme } from './host.ts';

/** Which number is embedded, the signed text that signs in to it, and what its page wants. */
export interface EmbedAddress {
  readonly number: string;
  /** Empty: people sign in with a key. */
  readonly link: string;
  readonly language: Language | null;
}

/** The content of a frame, as its address or the page around it wants it. */
interface Shown {
  /** The phones of a person; none: a contact without a phone; undefined: the list is shown. */
  readonly person: readonly string[] | undefined;
  readonly theme: Theme;
}

let shown: Shown = { person: undefined, theme: 'auto' };
const listeners = new Set<() => void>();

function show(changes: Partial<Shown>): void {
  shown = { ...shown, ...changes };
  for (const listener of listeners) listener();
}

export const showPerson = (person: Shown['person']): void => show({ person });
export const showTheme = (theme: Theme): void => show({ theme });

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePerson(): Shown['person'] {
  return useSyncExternalStore(listen, () => shown.person);
}

/** The theme that the page around the frame wants; `auto` on its own, where the person chooses. */
export function useFrameTheme(): Theme {
  return useSyncExternalStore(listen, () => shown.theme);
}

/**
 * Reads the address of an embedded panel, and takes the signed text out of it immediately: it stays only in the page's memory.
 * @returns null when the page is no embedded panel.
 */
export function takeEmbedAddress(): EmbedAddress | null {
  const number = /^\/embed\/(\d+)/.exec(location.pathname)?.[1];
  if (number === undefined) return null;
  const link = location.hash.slice(1);
  const query = new URLSearchParams(location.search);
  const theme = query.get('theme');
  const language = query.get('language');
  if (query.has('person')) showPerson(phonesIn(query.getAll('person')));
  if (isTheme(theme)) showTheme(theme);
  history.replaceState(null, '', location.pathname);
  return {
    number,
    link,
    language: language === null ? null : languageFor(language),
  };
}
