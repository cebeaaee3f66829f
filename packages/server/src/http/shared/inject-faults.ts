import type { FaultOperation, Target, WaId } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import * as faults from '../../sandbox/fault-injection.ts';
import type { Services } from '../../services.ts';
import { RequestFault } from './errors.ts';

/** What an operation is about, as far as faults ask. */
interface Operation {
  readonly operation: FaultOperation;
  readonly numberId: string;
  readonly users: readonly WaId[];
}

/** Lets the faults that are ordered for an operation strike: waits, breaks the connection, or throws their error. */
export function injectFaults(
  { sandbox }: Services,
  operation: Operation,
  request: FastifyRequest,
): Promise<void> {
  return heard(request, faults.injectFaults(sandbox?.faults ?? null, operation));
}

/** The same for a change of the blocklist, where a code may be a refusal of the users that the fault is about. */
export function injectUserFaults<T extends Target>(
  { sandbox }: Services,
  change: {
    readonly operation: 'block' | 'unblock';
    readonly numberId: string;
    readonly targets: readonly T[];
  },
  request: FastifyRequest,
): Promise<readonly T[]> {
  return heard(request, faults.injectUserFaults(sandbox?.faults ?? null, change));
}

async function heard<Outcome>(request: FastifyRequest, struck: Promise<Outcome>): Promise<Outcome> {
  try {
    return await struck;
  } catch (error) {
    if (!(error instanceof faults.InjectedFailure)) throw error;
    if (error.breaksConnection) {
      request.socket.destroy();
      // Nobody hears it; it only ends the work on this request before anything is applied.
      throw new RequestFault('internal', { details: 'The connection was broken, as a fault ordered.' });
    }
    throw new RequestFault(
      error.error,
      error.error === 'rateLimit' ? { headers: { 'retry-after': '1' } } : {},
    );
  }
}
