import type { FastifyRequest } from 'fastify';
import { CircuitOpen } from '../../meta-client/circuit.ts';
import { AmbiguousPath } from '../../meta-client/clients.ts';
import { RequestError, unknownPath } from './errors.ts';
import { pathOf } from './request-url.ts';

/** The error of a request that Meta did not answer. It says whether the request may have been carried out, and can be repeated. */
export function unansweredError(error: unknown, reached: boolean, request: FastifyRequest): RequestError {
  if (error instanceof AmbiguousPath) return unknownPath(pathOf(request));
  if (error instanceof RequestError) return error;
  const { message } = error as Error;
  if (!reached) {
    const headers =
      error instanceof CircuitOpen ? { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) } : {};
    return new RequestError('notReached', { details: `Nothing was done: ${message}.`, headers });
  }
  if (request.method === 'GET' || request.method === 'HEAD')
    return new RequestError('noAnswer', { details: `Meta gave no answer: ${message}.` });
  return new RequestError('outcomeUnknown', {
    details: `Meta gave no answer, so it is not known whether the request was carried out: ${message}. Check before you repeat it.`,
  });
}
