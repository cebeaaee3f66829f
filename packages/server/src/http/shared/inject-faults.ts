import type { Target, WaId } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import * as faults from '../../sandbox/fault-injection.ts';
import type { FaultOperation } from '../../sandbox/fault-registry.ts';
import type { Sandbox } from '../../services.ts';
import { RequestError } from './errors.ts';

/** The operation of a request, and the users it concerns. */
interface Operation {
  readonly operation: FaultOperation;
  readonly numberId: string;
  readonly users: readonly WaId[];
}

/**
 * Injects the faults that apply to an operation: waits, breaks the connection, or throws their error. Callers ask only in the
 * sandbox, so that it costs a production server nothing.
 */
export function injectFaults(sandbox: Sandbox, operation: Operation, request: FastifyRequest): Promise<void> {
  return asRequestError(request, faults.injectFaults(sandbox.faults, operation));
}

/** The same for a change of the blocklist, where a code may refuse single users: answers the targets with these refusals. */
export function injectUserFaults<T extends Target>(
  sandbox: Sandbox,
  change: {
    readonly operation: 'block' | 'unblock';
    readonly numberId: string;
    readonly targets: readonly T[];
  },
  request: FastifyRequest,
): Promise<readonly T[]> {
  return asRequestError(request, faults.injectUserFaults(sandbox.faults, change));
}

async function asRequestError<Outcome>(
  request: FastifyRequest,
  injection: Promise<Outcome>,
): Promise<Outcome> {
  try {
    return await injection;
  } catch (error) {
    if (!(error instanceof faults.InjectedFailure)) throw error;
    if (error.breaksConnection) {
      request.socket.destroy();
      // No client receives this. It ends the request before anything is applied.
      throw new RequestError('internal', { details: 'An injected fault broke the connection.' });
    }
    throw new RequestError(
      error.error,
      error.error === 'rateLimit' ? { headers: { 'retry-after': '1' } } : {},
    );
  }
}
