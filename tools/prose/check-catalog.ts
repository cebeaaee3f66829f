import { type MessageFormatElement, TYPE } from '@formatjs/icu-messageformat-parser';
import { parseMessage } from '../../packages/panel/build/catalogs.ts';
import { checkMessages } from './check-messages.ts';
import type { Finding } from './check-pages.ts';

/** The findings in the texts of the English catalog: each form of a plural is a text of its own. */
export function checkCatalog(catalog: string): readonly Finding[] {
  return catalog.split('\n').flatMap((line, index) => {
    const [, text] = /^ {2}"[^"]+": (".*"),?$/.exec(line) ?? [];
    if (text === undefined) return [];
    const forms = formsOf(parseMessage(JSON.parse(text) as string));
    return [...new Set(forms)]
      .flatMap((form) => checkMessages(JSON.stringify(form)))
      .map(({ problem }) => ({ line: index + 1, problem }));
  });
}

function formsOf(parts: readonly MessageFormatElement[]): readonly string[] {
  return parts.reduce<readonly string[]>(
    (before, part) => before.flatMap((start) => formsOfPart(part).map((end) => start + end)),
    [''],
  );
}

function formsOfPart(part: MessageFormatElement): readonly string[] {
  if (part.type === TYPE.literal) return [part.value];
  if (part.type !== TYPE.plural && part.type !== TYPE.select) return ['value'];
  return Object.values(part.options).flatMap(({ value }) => formsOf(value));
}
