import { BadRule, type CompileText, type TextCondition, type TextMatcher } from '@blockhouse/engine';
import { RE2JS } from 're2js';
import { foldLetters, foldText } from './content.ts';

/**
 * Compiles what a condition looks for. Words, phrases, and patterns are folded as texts are. Patterns run on RE2,
 * whose time grows with the length of the text and never more.
 * @throws BadRule when a pattern is no regular expression.
 */
export const compileText: CompileText = ({
  words = [],
  phrases = [],
  patterns = [],
}: TextCondition): TextMatcher => {
  const wanted = words.map(foldText);
  const parts = phrases.map(foldText);
  const expressions = patterns.map(compilePattern);
  return (text, own) =>
    wanted.some((word) => own.has(word)) ||
    parts.some((part) => text.includes(part)) ||
    expressions.some((expression) => expression.test(text));
};

function compilePattern(pattern: string): RE2JS {
  try {
    return RE2JS.compile(foldLetters(pattern), RE2JS.CASE_INSENSITIVE);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BadRule(
      `The pattern "${pattern}" is no regular expression of RE2: ${reason}. RE2 has no lookaround and no backreferences.`,
    );
  }
}
