import { TextlintKernel } from '@textlint/kernel';
import markdown from '@textlint/textlint-plugin-markdown';
import type { TextlintRuleModule } from '@textlint/types';
import { splitAST } from 'sentence-splitter';
import { checkSentence, checkWords } from './check-sentence.ts';

/** A finding in a file, with its line. */
export interface Finding {
  readonly line: number;
  readonly problem: string;
}

/** Checks each sentence of paragraphs, lists and tables, and the words of headings. Code and addresses are left out. */
const sentences: TextlintRuleModule = ({ Syntax, RuleError, report }) => {
  const check = (node: TextNode) => {
    // A link alone is the heading of another section.
    if (node.children?.length === 1 && node.children[0]?.type === Syntax.Link) return;
    for (const sentence of sentencesOf(node))
      for (const problem of checkSentence(oneLine(sentence)))
        report(sentence[0] as Parameters<typeof report>[0], new RuleError(problem));
  };
  return {
    [Syntax.Paragraph]: (node) => check(node as TextNode),
    [Syntax.TableCell]: (node) => check(node as TextNode),
    [Syntax.Header](node) {
      for (const problem of checkWords(oneLine([node as TextNode]))) report(node, new RuleError(problem));
    },
  };
};

/** A node of a page, as far as it matters here: textlint and the splitter of sentences have types of their own. */
interface TextNode {
  readonly type: string;
  readonly value?: string;
  readonly children?: readonly TextNode[];
}

/** The sentences of a paragraph, each as its nodes. Bold words with a period are a sentence, too. */
function sentencesOf(node: TextNode): readonly (readonly TextNode[])[] {
  const { children } = splitAST(node as Parameters<typeof splitAST>[0]);
  const sentences = children.filter(({ type }) => type === 'Sentence') as readonly TextNode[];
  return sentences.flatMap(({ children: parts = [] }) => {
    const bold = parts.findIndex((part) => part.type === 'Strong' && /[.?!]$/.test(wordsOf(part)));
    const both = [parts.slice(0, bold + 1), parts.slice(bold + 1)];
    return both.filter(({ length }) => length > 0);
  });
}

function oneLine(nodes: readonly TextNode[]): string {
  return nodes.map(wordsOf).join('').replaceAll(/\s+/g, ' ').trim();
}

/** The words of a node, with each piece of code as one word. */
function wordsOf({ type, value = '', children }: TextNode): string {
  return type === 'Code' ? 'code' : (children?.map(wordsOf).join('') ?? value);
}

/** The findings in a page in Markdown. */
export async function checkPage(text: string, path: string): Promise<readonly Finding[]> {
  const { messages } = await new TextlintKernel().lintText(text, {
    filePath: path,
    ext: '.md',
    plugins: [{ pluginId: 'markdown', plugin: markdown.default, options: true }],
    rules: [{ ruleId: 'sentences', rule: sentences, options: true }],
  });
  return messages.map(({ loc, message }) => ({ line: loc.start.line, problem: message }));
}
