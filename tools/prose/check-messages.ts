import { split } from 'sentence-splitter';
import type { Finding } from './check-pages.ts';
import { checkSentence } from './check-sentence.ts';

/** Comments, which are left out, and texts in quotation marks. */
const tokens = new RegExp(
  [
    '//.*',
    String.raw`/\*[\s\S]*?\*/`,
    String.raw`'(?<single>(?:\\.|[^'\\\n])*)'`,
    String.raw`"(?<double>(?:\\.|[^"\\\n])*)"`,
    '`(?<template>(?:\\\\[\\s\\S]|[^`\\\\])*)`',
  ].join('|'),
  'g',
);

/** Names, paths and formats have fewer words than a message. */
const wordsMin = 3;

const sql =
  /^\s*(?:select|insert|update|delete|create|alter|drop|with|from|where|and|order by|begin|pragma|set) /;

/** The findings in the messages of a source file. */
export function checkMessages(source: string): readonly Finding[] {
  return [...source.matchAll(tokens)].flatMap(({ index, groups }) => {
    const { single, double, template } = groups ?? {};
    const text = (single ?? double ?? template ?? '')
      .replaceAll(/\$\{[^}]*\}/g, 'value')
      .replaceAll('\\n', '\n');
    if (text.trim().split(/\s+/).length < wordsMin || sql.test(text)) return [];
    const line = source.slice(0, index).split('\n').length;
    return sentencesOf(text)
      .flatMap(checkSentence)
      .map((problem) => ({ line, problem }));
  });
}

/** A line break ends a sentence: lists and examples have no periods. */
function sentencesOf(text: string): readonly string[] {
  return text.split('\n').flatMap((line) =>
    split(line.trim())
      .filter(({ type }) => type === 'Sentence')
      .map(({ raw }) => raw),
  );
}
