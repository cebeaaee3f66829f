import { isLost, type NumberRecord, type Outcome, outcomeCode, type Target } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import type { BlocklistCall } from '../../blocklists/platform.ts';
import { refusalOf } from '../../blocklists/refusal-text.ts';
import type { PlatformAnswer } from '../../meta-client/attempts.ts';
import type { Services } from '../../services.ts';
import { numberOf } from './access.ts';
import { actorOf } from './actor.ts';
import { RequestFault } from './errors.ts';
import { injectUserFaults } from './inject-faults.ts';
import { parametersOf } from './parameters.ts';
import { requireProduct } from './product.ts';

/**
 * Reads a request to block or unblock, and carries it out. `read` reads its `block_users`.
 * @returns besides the outcomes, the answer of the number's platform when one answer speaks of all users.
 */
export async function changeUsers<T extends Target>(
  services: Services,
  operation: 'block' | 'unblock',
  request: FastifyRequest,
  read: (services: Services, number: NumberRecord, value: unknown) => Promise<readonly T[]>,
): Promise<{
  readonly targets: readonly T[];
  readonly outcomes: readonly Outcome[];
  readonly answer: PlatformAnswer | null;
}> {
  const fields = parametersOf(request);
  requireProduct(fields);
  const number = numberOf(request);
  const targets = await read(services, number, fields['block_users']);
  const answers: PlatformAnswer[] = [];
  const { version = null } = request.params as { readonly version?: string };
  const call: BlocklistCall = {
    operation,
    numberId: number.id,
    actor: actorOf(request),
    version,
    onAnswer: (answer) => answers.push(answer),
  };
  const { sandbox } = services;
  const change = { operation, numberId: number.id, targets };
  const given = sandbox === null ? targets : await injectUserFaults(sandbox, change, request);
  const outcomes = await services.platforms.of(number).change(call, given);
  countOutcomes(services, operation, outcomes);
  return { targets, outcomes, answer: answers[0] ?? null };
}

/** When nothing is known of anybody, or nothing was done to anybody, the request itself has failed. */
export function refuseWhole(outcomes: readonly Outcome[]): void {
  const [first] = outcomes;
  if (first === undefined || first.done || !outcomes.every(isLost)) return;
  throw new RequestFault('internal', { details: refusalOf(first).details });
}

function countOutcomes({ metrics }: Services, operation: string, outcomes: readonly Outcome[]): void {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) {
    const word = outcomeCode(outcome);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  for (const [outcome, count] of counts) metrics.users.inc({ operation, outcome }, count);
}
