import { setTimeout as pause } from 'node:timers/promises';
import {
  type CatalogueEntry,
  type RefusalName,
  type RequestErrorName,
  refusals,
  requestErrors,
} from '@blockhouse/client/wire';
import {
  type FaultEffect,
  type FaultOperation,
  type FaultRegistry,
  type Target,
  type WaId,
  waIdsOf,
} from '@blockhouse/engine';

/** What ordering a code leads to: an error of the whole request, or a refusal of users. */
export type InjectedCode =
  | { readonly kind: 'request'; readonly error: RequestErrorName }
  | { readonly kind: 'users'; readonly reason: RefusalName };

/** Every code of the catalogue by its number; a subcode (33, 463) stands for the entry that has it. */
const injectedCodes: ReadonlyMap<number, InjectedCode> = new Map<number, InjectedCode>([
  ...entries(refusals).map(([reason, { code }]) => [code, { kind: 'users', reason }] as const),
  ...entries(requestErrors as Record<RequestErrorName, CatalogueEntry>).map(
    ([error, { code, subcode }]) => [subcode ?? code, { kind: 'request', error }] as const,
  ),
  // Several stand under one number: the first of them in a client's life.
  [refusals.self.code, { kind: 'users', reason: 'self' }],
  [refusals.window_closed.code, { kind: 'users', reason: 'window_closed' }],
  [requestErrors.rateLimit.code, { kind: 'request', error: 'rateLimit' }],
  [requestErrors.badToken.code, { kind: 'request', error: 'badToken' }],
]);

/** What ordering a code means, or null when the catalogue has no such code. */
export function injectedCode(code: number): InjectedCode | null {
  return injectedCodes.get(code) ?? null;
}

/** The codes that can be ordered, in order. */
export const injectableCodes: readonly number[] = [...injectedCodes.keys()].toSorted(
  (one, other) => one - other,
);

function entries<Name extends string, Entry>(table: Readonly<Record<Name, Entry>>): [Name, Entry][] {
  return Object.entries(table) as [Name, Entry][];
}

/** A fault that was ordered ends a request as a whole: with an error, or without an answer. Nothing was applied. */
export class InjectedFailure extends Error {
  override readonly name = 'OrderedFailure';
  readonly error: RequestErrorName;
  readonly breaksConnection: boolean;

  constructor(error: RequestErrorName, breaksConnection = false) {
    super(`a fault has ordered ${breaksConnection ? 'that the connection breaks' : `the error ${error}`}`);
    this.error = error;
    this.breaksConnection = breaksConnection;
  }
}

/** Lets the faults that are ordered for an operation strike. @throws OrderedFailure */
export async function injectFaults(
  faults: FaultRegistry | null,
  {
    operation,
    numberId,
    users,
  }: { readonly operation: FaultOperation; readonly numberId: string; readonly users: readonly WaId[] },
): Promise<void> {
  for (const { what } of faults?.match(operation, numberId, users) ?? []) {
    const code = await codeOf(what);
    if (code?.kind === 'request') throw new InjectedFailure(code.error);
  }
}

/**
 * The same for a change of the blocklist, where a code may be a refusal of the users that the fault is about: answers the
 * targets, some of them refused by order. @throws OrderedFailure
 */
export async function injectUserFaults<T extends Target>(
  faults: FaultRegistry | null,
  {
    operation,
    numberId,
    targets,
  }: {
    readonly operation: 'block' | 'unblock';
    readonly numberId: string;
    readonly targets: readonly T[];
  },
): Promise<readonly T[]> {
  const users = waIdsOf(targets);
  let ordered = targets;
  for (const { what, waId } of faults?.match(operation, numberId, users) ?? []) {
    const code = await codeOf(what);
    if (code?.kind === 'request' && code.error !== 'someRefused') throw new InjectedFailure(code.error);
    if (code === null) continue;
    // 139100 by itself says that users were refused, so they are, for the most usual reason.
    const reason = code.kind === 'users' ? code.reason : 'window_closed';
    ordered = ordered.map((target) => (concerns(target, waId) ? { ...target, injected: reason } : target));
  }
  return ordered;
}

/** Waits where that is ordered; answers with the code that is. */
async function codeOf(what: FaultEffect): Promise<InjectedCode | null> {
  if ('delayMs' in what) await pause(what.delayMs);
  if ('disconnect' in what) throw new InjectedFailure('internal', true);
  return 'code' in what ? injectedCode(what.code) : null;
}

function concerns({ ref }: Target, waId: WaId | null): boolean {
  return waId === null || (ref.kind === 'user' && ref.waId === waId);
}
