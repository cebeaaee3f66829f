import { templates } from 'virtual:rule-templates';
import type { RuleDocument } from '@blockhouse/client';
import { t } from '../i18n/messages.ts';

/** The names in the file of ready-made rules, by which the panel finds its own words for them. */
const codes = {
  'Countries that we do not serve': 'countries',
  'A stranger who writes and writes': 'writes',
  'Same text from many': 'same_text',
  'Links from strangers': 'links',
  'Flood of strangers': 'flood',
} as const;

/** A rule that ships with Blockhouse, in the language that is shown. */
export interface ReadyMadeRule {
  readonly code: string;
  readonly name: string;
  /** Its name in this language and in the file: a rule of this name may have been made in either. */
  readonly spellings: readonly string[];
  readonly hint: string;
  readonly document: RuleDocument;
}

export function readyMadeRules(): readonly ReadyMadeRule[] {
  return templates.map((document) => {
    const code = codes[document.name as keyof typeof codes];
    const name = t(`rules.readyMade.${code}.name`);
    return {
      code,
      name,
      spellings: [name, document.name],
      hint: t(`rules.readyMade.${code}.hint`),
      document: { ...document, name },
    };
  });
}
