import { vocabulary } from './vocabulary.ts';

/** A longer sentence says more than one thing. */
const wordsMax = 35;

/** A clause as the subject. A question and a label have no period. */
const clauseAsSubject = /^(?:who(?:ever)?|what(?:ever)?|whom|whose|whichever) .*[.:;]$/i;

/** The findings in the words of a text of one or more sentences. */
export function checkWords(text: string): readonly string[] {
  return vocabulary.flatMap(([word, instead]) => {
    const [found] = word.exec(text) ?? [];
    return found === undefined ? [] : [`"${found}": write ${instead}`];
  });
}

/** The findings in one sentence. */
export function checkSentence(sentence: string): readonly string[] {
  const words = sentence.split(/\s+/).filter((word) => /\w/.test(word)).length;
  return [
    ...checkWords(sentence),
    ...(words > wordsMax ? [`the sentence has ${words} words, and at most ${wordsMax} are read once`] : []),
    ...(clauseAsSubject.test(sentence)
      ? ['the subject is a clause: name the user, the request or the field']
      : []),
  ];
}
