import {
  type CatalogueEntry,
  explainRefusal,
  type RequestErrorName,
  refusals,
  requestErrors,
} from '@blockhouse/client/wire';
import type { Operation, Outcome } from '@blockhouse/engine';

/** The texts about a user who was not blocked or unblocked, in Meta's words. */
export interface Refusal {
  readonly code: number;
  readonly message: string;
  readonly details: string;
}

/** The same, with what it means and what to do. */
export interface ExplainedRefusal extends Refusal {
  readonly explanation: string;
}

type NotDone = Outcome & { done: false };

/** The text of an outcome: the platform's own if it gave one, the catalogue's otherwise. */
export function refusalOf({ reason, text }: NotDone): Refusal {
  if (reason === 'other' || reason === 'failed' || reason === 'unknown') return text;
  const { code, message, details } = refusals[reason];
  return text ?? { code, message, details };
}

/** The same, with what they mean to somebody who has asked for an operation. */
export function explainOutcome(outcome: NotDone, operation: Operation): ExplainedRefusal {
  const said = refusalOf(outcome);
  return { ...said, explanation: explanationOf(outcome.reason, said, operation) };
}

function explanationOf(
  reason: NotDone['reason'],
  { code, message, details }: Refusal,
  operation: Operation,
): string {
  if (reason === 'failed' || reason === 'unknown') return details;
  if (reason === 'other') return `The platform refused this user: ${details || message || `code ${code}`}.`;
  const isEnded = operation === 'unblock' || operation === 'withdraw';
  return explainRefusal(reason, isEnded ? 'unblock' : 'block');
}

/** The catalogue's words of a request that failed as a whole, for each of its users. */
export function explainRequestError(error: RequestErrorName): ExplainedRefusal {
  const { code, title, details = title, explanation }: CatalogueEntry = requestErrors[error];
  return { code, message: title, details, explanation };
}
