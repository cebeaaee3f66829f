import type { Finding } from './check-pages.ts';
import { checkWords } from './check-sentence.ts';

/** Texts of at least three words in quotation marks. Names, paths and formats have fewer. */
const texts = /(?<quote>['"`])(?<text>(?:\\.|(?!\k<quote>)[^\\])*)\k<quote>/g;
const comment = /^\s*(?:\/\/|\/?\*)/;

/** What is wrong with the messages in a source file. Comments are left out. */
export function checkMessages(source: string): readonly Finding[] {
  return source.split('\n').flatMap((line, index) => {
    if (comment.test(line)) return [];
    const messages = [...line.matchAll(texts)].map(({ groups }) => groups?.['text'] ?? '');
    return messages
      .filter((text) => text.trim().split(/\s+/).length >= 3)
      .flatMap((text) => checkWords(text))
      .map((problem) => ({ line: index + 1, problem }));
  });
}
