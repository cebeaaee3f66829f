import type { FaultEffect, FaultOperation, Target, WaId } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { orderedCode } from '../../faults.ts';
import type { Services } from '../../services.ts';
import { RequestFault } from '../errors.ts';

/** What an operation is about, as far as faults ask. */
interface Operation {
  readonly operation: FaultOperation;
  readonly numberId: string;
  readonly users: readonly WaId[];
}

/** Lets the faults that are ordered for an operation strike: waits, breaks the connection, or throws their error. */
export async function strikeRequest(
  services: Services,
  operation: Operation,
  request: FastifyRequest,
): Promise<void> {
  for (const { what } of strike(services, operation)) {
    await apply(what, request);
    const code = 'code' in what ? orderedCode(what.code) : null;
    if (code?.kind === 'request') throw orderedFault(code.error);
  }
}

/** The same for a change of the blocklist, where a code may be a refusal of the users that the fault is about. */
export async function strikeTargets<T extends Target>(
  services: Services,
  {
    operation,
    numberId,
    targets,
  }: { operation: 'block' | 'unblock'; numberId: string; targets: readonly T[] },
  request: FastifyRequest,
): Promise<readonly T[]> {
  const users = targets.flatMap(({ ref }) => (ref.kind === 'user' ? [ref.waId] : []));
  let ordered = targets;
  for (const { what, waId } of strike(services, { operation, numberId, users })) {
    await apply(what, request);
    const code = 'code' in what ? orderedCode(what.code) : null;
    if (code?.kind === 'request' && code.error !== 'someRefused') throw orderedFault(code.error);
    if (code === null) continue;
    // 139100 by itself says that users were refused, so they are, for the most usual reason.
    const reason = code.kind === 'users' ? code.reason : 'window_closed';
    ordered = ordered.map((target) => (concerns(target, waId) ? { ...target, ordered: reason } : target));
  }
  return ordered;
}

function strike({ sandbox }: Services, { operation, numberId, users }: Operation) {
  return sandbox?.faults.strike(operation, numberId, users) ?? [];
}

function concerns({ ref }: Target, waId: WaId | null): boolean {
  return waId === null || (ref.kind === 'user' && ref.waId === waId);
}

async function apply(what: FaultEffect, request: FastifyRequest): Promise<void> {
  if ('delayMs' in what) await new Promise((resolve) => setTimeout(resolve, what.delayMs));
  if ('disconnect' in what) {
    request.socket.destroy();
    // Nobody hears it; it only ends the work on this request before anything is applied.
    throw new RequestFault('internal', { details: 'The connection was broken, as a fault ordered.' });
  }
}

function orderedFault(error: RequestFault['error']): RequestFault {
  return new RequestFault(error, error === 'rateLimit' ? { headers: { 'retry-after': '1' } } : {});
}
