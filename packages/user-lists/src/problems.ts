/** Why a text is not read as a user. */
export type ProblemCode =
  | 'empty'
  | 'too_long'
  | 'parent_id'
  | 'no_phone_in_link'
  | 'decimal'
  | 'rounded'
  | 'date'
  | 'tax_number'
  | 'national'
  | 'ambiguous'
  | 'impossible'
  | 'several'
  | 'beside_words'
  | 'not_a_user'
  | 'cell_count';

/** Why a text is not read, and what to write instead where that can be told. */
export interface Problem {
  readonly code: ProblemCode;
  /** Spellings that are read, one for each user whom the text could mean, such as `+919876543210`. */
  readonly suggestions: readonly string[];
}

export function problem(code: ProblemCode, suggestions: readonly string[] = []): Problem {
  return { code, suggestions };
}

const sentences: Readonly<Record<ProblemCode, string>> = {
  empty: 'There is no user in it.',
  too_long: 'It is too long for a user.',
  parent_id:
    'It is a parent ID (CC.ENT.…), which cannot be blocked. Use the user ID without ENT, or the phone number.',
  no_phone_in_link: 'The link holds no phone number of a user.',
  decimal: 'It is a number with a fraction, not a phone number.',
  rounded:
    'The spreadsheet has rounded it, so digits are lost. Format the column as text or as a number without decimals, and save it again.',
  date: 'It is a date, not a phone number.',
  tax_number: 'It is a tax number, not a phone number.',
  national:
    'It is a national number. Write it with + and the country calling code, or choose the country of such numbers.',
  ambiguous:
    'It may lack the country calling code, so it could be the number of somebody else. Write it with + and the calling code.',
  impossible: 'No country has a phone number like this: the calling code or the count of digits is wrong.',
  several: 'It holds more than one user. Write each on a line of its own.',
  beside_words:
    'A number stands beside other words, so it may be something else. Write it on a line of its own, or with +.',
  not_a_user: 'It is no phone number, wa_id or business-scoped user ID.',
  cell_count: 'The row does not have as many cells as the first line. Check its quotes and delimiters.',
};

/** The problem in one or two English sentences, with what to do. */
export function explainProblem({ code, suggestions }: Problem): string {
  if (suggestions.length === 0) return sentences[code];
  return `${sentences[code]} Did you mean ${suggestions.join(' or ')}?`;
}
