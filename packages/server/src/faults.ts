import {
  type CatalogueEntry,
  type RefusalName,
  type RequestErrorName,
  refusals,
  requestErrors,
} from '@blockhouse/client/wire';

/** What ordering a code leads to: an error of the whole request, or a refusal of users. */
export type OrderedCode =
  | { readonly kind: 'request'; readonly error: RequestErrorName }
  | { readonly kind: 'users'; readonly reason: RefusalName };

/** Every code of the catalogue by its number; a subcode (33, 463) stands for the entry that has it. */
const orderedCodes: ReadonlyMap<number, OrderedCode> = new Map<number, OrderedCode>([
  ...entries(refusals).map(([reason, { code }]) => [code, { kind: 'users', reason }] as const),
  ...entries(requestErrors as Record<RequestErrorName, CatalogueEntry>).map(
    ([error, { code, subcode }]) => [subcode ?? code, { kind: 'request', error }] as const,
  ),
  // Several stand under one number: the first of them in a client's life.
  [refusals.window_closed.code, { kind: 'users', reason: 'window_closed' }],
  [requestErrors.rateLimit.code, { kind: 'request', error: 'rateLimit' }],
  [requestErrors.badToken.code, { kind: 'request', error: 'badToken' }],
]);

/** What ordering a code means, or null when the catalogue has no such code. */
export function orderedCode(code: number): OrderedCode | null {
  return orderedCodes.get(code) ?? null;
}

/** The codes that can be ordered, in order. */
export const orderableCodes: readonly number[] = [...orderedCodes.keys()].toSorted(
  (one, other) => one - other,
);

function entries<Name extends string, Entry>(table: Readonly<Record<Name, Entry>>): [Name, Entry][] {
  return Object.entries(table) as [Name, Entry][];
}
