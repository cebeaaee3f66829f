import { setTimeout as pause } from 'node:timers/promises';
import {
  type CatalogueEntry,
  type RefusalName,
  type RequestErrorName,
  refusals,
  requestErrors,
} from '@blockhouse/client/wire';
import { type Target, type WaId, waIdsOf } from '@blockhouse/engine';
import type { FaultEffect, FaultOperation, FaultRegistry } from './fault-registry.ts';

/** The effect of a code: an error of the whole request, or a refusal of users. */
export type InjectedCode =
  | { readonly kind: 'request'; readonly error: RequestErrorName }
  | { readonly kind: 'users'; readonly reason: RefusalName };

/** Every entry of the catalogue by its code, or by its subcode (33, 463) if it has one. */
const injectedCodes: ReadonlyMap<number, InjectedCode> = new Map<number, InjectedCode>([
  ...entries(refusals).map(([reason, { code }]) => [code, { kind: 'users', reason }] as const),
  ...entries(requestErrors as Record<RequestErrorName, CatalogueEntry>).map(
    ([error, { code, subcode }]) => [subcode ?? code, { kind: 'request', error }] as const,
  ),
  // Several entries have these codes. The entry that clients receive most often is injected.
  [refusals.self.code, { kind: 'users', reason: 'self' }],
  [refusals.window_closed.code, { kind: 'users', reason: 'window_closed' }],
  [requestErrors.rateLimit.code, { kind: 'request', error: 'rateLimit' }],
  [requestErrors.badToken.code, { kind: 'request', error: 'badToken' }],
]);

/** The effect of a code; null when the catalogue does not have it. */
export function injectedCode(code: number): InjectedCode | null {
  return injectedCodes.get(code) ?? null;
}

/** The codes that can be injected, in ascending order. */
export const injectableCodes: readonly number[] = [...injectedCodes.keys()].toSorted(
  (one, other) => one - other,
);

function entries<Name extends string, Entry>(table: Readonly<Record<Name, Entry>>): [Name, Entry][] {
  return Object.entries(table) as [Name, Entry][];
}

/** An injected fault ends a request as a whole: with an error, or without an answer. Nothing was applied. */
export class InjectedFailure extends Error {
  override readonly name = 'InjectedFailure';
  readonly error: RequestErrorName;
  readonly breaksConnection: boolean;

  constructor(error: RequestErrorName, breaksConnection = false) {
    super(breaksConnection ? 'an injected fault breaks the connection' : `an injected fault: ${error}`);
    this.error = error;
    this.breaksConnection = breaksConnection;
  }
}

/** Injects the faults that apply to an operation. @throws InjectedFailure */
export async function injectFaults(
  faults: FaultRegistry,
  {
    operation,
    numberId,
    users,
  }: { readonly operation: FaultOperation; readonly numberId: string; readonly users: readonly WaId[] },
): Promise<void> {
  for (const { what } of faults.match(operation, numberId, users)) {
    const code = await codeOf(what);
    if (code?.kind === 'request') throw new InjectedFailure(code.error);
  }
}

/**
 * The same for a change of the blocklist, where a code may refuse the users of the fault. Returns the targets
 * with these refusals. @throws InjectedFailure
 */
export async function injectUserFaults<T extends Target>(
  faults: FaultRegistry,
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
  let result = targets;
  for (const { what, waId } of faults.match(operation, numberId, users)) {
    const code = await codeOf(what);
    if (code?.kind === 'request' && code.error !== 'someRefused') throw new InjectedFailure(code.error);
    if (code === null) continue;
    // 139100 reports that users were refused, so they are refused, for the most common reason.
    const reason = code.kind === 'users' ? code.reason : 'window_closed';
    result = result.map((target) => (appliesTo(target, waId) ? { ...target, injected: reason } : target));
  }
  return result;
}

/** Applies a delay or a broken connection. Returns the effect of the fault's code; null if it has no code. */
async function codeOf(what: FaultEffect): Promise<InjectedCode | null> {
  if ('delayMs' in what) await pause(what.delayMs);
  if ('disconnect' in what) throw new InjectedFailure('internal', true);
  return 'code' in what ? injectedCode(what.code) : null;
}

function appliesTo({ ref }: Target, waId: WaId | null): boolean {
  return waId === null || (ref.kind === 'user' && ref.waId === waId);
}
