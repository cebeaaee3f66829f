import { TextlintKernel } from '@textlint/kernel';
import markdown from '@textlint/textlint-plugin-markdown';
import type { TextlintRuleModule } from '@textlint/types';
import { split } from 'sentence-splitter';
import { checkSentence } from './check-sentence.ts';

/** What is wrong in a file, and where. */
export interface Finding {
  readonly line: number;
  readonly problem: string;
}

/** Checks each sentence of paragraphs and lists. Code, addresses and tables are left out. */
const sentences: TextlintRuleModule = ({ Syntax, RuleError, report, getSource }) => ({
  [Syntax.Paragraph](node) {
    const text = proseOf(getSource(node));
    for (const { type, raw } of split(text))
      if (type === 'Sentence')
        for (const problem of checkSentence(raw.trim())) report(node, new RuleError(problem));
  },
});

/** Markdown without its marks. A link alone is a heading, and a table is no prose. */
function proseOf(source: string): string {
  if (/^\[[^\]]*\]\([^)]*\)$/.test(source.trim())) return '';
  return source
    .split('\n')
    .filter((line) => !line.startsWith('|'))
    .join(' ')
    .replaceAll(/`[^`]*`/g, 'code')
    .replaceAll(/\]\([^)]*\)/g, ']')
    .replaceAll(/[*_[\]]/g, '');
}

/** What is wrong with a page in Markdown. */
export async function checkPage(text: string, path: string): Promise<readonly Finding[]> {
  const { messages } = await new TextlintKernel().lintText(text, {
    filePath: path,
    ext: '.md',
    plugins: [{ pluginId: 'markdown', plugin: markdown.default, options: true }],
    rules: [{ ruleId: 'sentences', rule: sentences, options: true }],
  });
  return messages.map(({ loc, message }) => ({ line: loc.start.line, problem: message }));
}
