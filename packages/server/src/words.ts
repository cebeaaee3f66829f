import { type CatalogueEntry, type RequestErrorName, refusals, requestErrors } from '@blockhouse/client/wire';
import type { Outcome } from '@blockhouse/engine';

/** What is said of a user who was not blocked or unblocked. */
export interface Explained {
  readonly code: number;
  readonly message: string;
  readonly details: string;
  readonly explanation: string;
}

/** The words of an outcome: the platform's own where it has said any, the catalogue's otherwise; and what they mean. */
export function wordsOf({ reason, words }: Outcome & { done: false }): Explained {
  if (reason === 'failed' || reason === 'unknown') return { ...words, explanation: words.details };
  if (reason === 'other') {
    const said = words.details || words.message || `code ${words.code}`;
    return { ...words, explanation: `The platform refused this user: ${said}.` };
  }
  const { explanation, ...own } = refusals[reason];
  return { ...(words ?? own), explanation };
}

/** The catalogue's words of a request that failed as a whole, for each of its users. */
export function wordsOfError(error: RequestErrorName): Explained {
  const { code, title, details = title, explanation }: CatalogueEntry = requestErrors[error];
  return { code, message: title, details, explanation };
}
