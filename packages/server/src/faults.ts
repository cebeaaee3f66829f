import { setTimeout as pause } from 'node:timers/promises';
import {
  type CatalogueEntry,
  type RefusalName,
  type RequestErrorName,
  refusals,
  requestErrors,
} from '@blockhouse/client/wire';
import type { FaultBook, Target } from '@blockhouse/engine';
import type { Strike } from './bulk.ts';

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

/**
 * The sandbox's faults in bulk calls: they wait, refuse users, or fail the whole chunk. A connection that breaks looks to whoever
 * asked for many like a chunk that was not tried.
 */
export function strikeBulk(faults: FaultBook): Strike {
  return async (operation, numberId, targets) => {
    if (operation !== 'block' && operation !== 'unblock') return { targets };
    const users = targets.flatMap(({ ref }) => (ref.kind === 'user' ? [ref.waId] : []));
    let ordered = targets;
    for (const { what, waId } of faults.strike(operation, numberId, users)) {
      if ('delayMs' in what) await pause(what.delayMs);
      const code = 'disconnect' in what ? internalCode : 'code' in what ? orderedCode(what.code) : null;
      if (code?.kind === 'request') {
        const {
          code: number,
          title,
          details = title,
          explanation,
        }: CatalogueEntry = requestErrors[code.error];
        return { failure: { code: number, message: title, details, explanation } };
      }
      if (code === null) continue;
      const { reason } = code;
      const concerns = ({ ref }: Target) => waId === null || (ref.kind === 'user' && ref.waId === waId);
      ordered = ordered.map((target) => (concerns(target) ? { ...target, ordered: reason } : target));
    }
    return { targets: ordered };
  };
}

const internalCode: OrderedCode = { kind: 'request', error: 'internal' };
