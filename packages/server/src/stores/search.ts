/**
 * The patterns of a search, for SQL's `like`: the words in names, usernames and notes, in small letters, and the
 * digits in phones if the text is written like a phone. Null: not at all.
 */
export function patternsOf(search: string | null): readonly [words: string | null, digits: string | null] {
  if (search === null) return [null, null];
  const digits = /^[+\d\s().-]+$/.test(search) ? search.replace(/\D/g, '') : '';
  const words = search.toLowerCase().replace(/[\\%_]/g, '\\$&');
  return [`%${words}%`, digits === '' ? null : `%${digits}%`];
}
