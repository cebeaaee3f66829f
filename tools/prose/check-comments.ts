import { split } from 'sentence-splitter';
import type { Finding } from './check-pages.ts';
import { checkSentence } from './check-sentence.ts';

/** Comments at the beginning of a line, as all of ours are. */
const comments = /^[ \t]*(?:\/\*(?<block>[\s\S]*?)\*\/|(?<lines>\/\/.*(?:\n[ \t]*\/\/.*)*))/gm;

/** The findings in the comments of a source file. */
export function checkComments(source: string): readonly Finding[] {
  return [...source.matchAll(comments)].flatMap(({ index, groups }) => {
    const text = textOf(groups?.['block'] ?? groups?.['lines'] ?? '');
    const line = source.slice(0, index).split('\n').length;
    return text
      .split('\n')
      .flatMap((paragraph) => split(paragraph))
      .filter(({ type }) => type === 'Sentence')
      .flatMap(({ raw }) => checkSentence(raw))
      .map((problem) => ({ line, problem }));
  });
}

/** A comment without its marks, as one line for each paragraph. A list item and a tag begin a paragraph. */
function textOf(comment: string): string {
  return comment
    .replaceAll(/^[ \t]*(?:\*+|\/\/)? ?/gm, '')
    .replaceAll(/\{@link (\S+?)\}/g, '$1')
    .replaceAll(/`[^`]*`/g, 'value')
    .replaceAll(/\n(?!\n|- |@)/g, ' ')
    .trim();
}
