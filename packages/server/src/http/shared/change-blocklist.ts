import { isLost, type Outcome, outcomeCode, type Target } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import type { BlocklistCall } from '../../blocklists/platform.ts';
import { refusalOf } from '../../blocklists/refusal-text.ts';
import type { PlatformAnswer } from '../../meta-client/attempts.ts';
import type { Services } from '../../services.ts';
import { numberOf } from './access.ts';
import { actorOf } from './actor.ts';
import type { BlocklistChange, BlocklistDialect, Changed, Failed } from './blocklist-dialect.ts';
import { RequestError } from './errors.ts';
import { injectUserFaults } from './inject-faults.ts';
import { type Handler, parametersOf } from './parameters.ts';
import { sendPlatformAnswer } from './platform-answer.ts';
import { requireProduct } from './product.ts';
import { readTargets } from './read-targets.ts';
import { versionOf } from './version.ts';

type Operation = BlocklistChange['operation'];

/** The handler of a request to block or unblock users. */
export function changeHandler(services: Services, operation: Operation, dialect: BlocklistDialect): Handler {
  return async (request, reply) => {
    const fields = parametersOf(request);
    requireProduct(fields);
    const number = numberOf(request);
    const targets = await readTargets(services, number, fields['block_users'], dialect);
    const { outcomes, answer } = await change(services, operation, targets, request);
    if (answer !== null && dialect.passesAnswers)
      return sendPlatformAnswer(services, answer, { request, reply, number });
    requireAnyKnown(outcomes);
    return dialect.renderChange({ operation, ...sorted(targets, outcomes) }, request, reply);
  };
}

/** @returns besides the outcomes, the answer of the number's platform if one answer covers all users. */
async function change(
  { platforms, sandbox, metrics }: Services,
  operation: Operation,
  targets: readonly Target[],
  request: FastifyRequest,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly answer: PlatformAnswer | null }> {
  const number = numberOf(request);
  let answer: PlatformAnswer | null = null;
  const call: BlocklistCall = {
    operation,
    numberId: number.id,
    actor: actorOf(request),
    version: versionOf(request),
    onAnswer(given) {
      answer ??= given;
    },
  };
  const faulty = { operation, numberId: number.id, targets };
  const given = sandbox === null ? targets : await injectUserFaults(sandbox, faulty, request);
  const outcomes = await platforms.of(number).change(call, given);
  for (const [outcome, count] of countByCode(outcomes)) metrics.users.inc({ operation, outcome }, count);
  return { outcomes, answer };
}

function countByCode(outcomes: readonly Outcome[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) {
    const code = outcomeCode(outcome);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return counts;
}

/** If the outcome of no user is known, or nothing was done to any of them, the request itself has failed. */
function requireAnyKnown(outcomes: readonly Outcome[]): void {
  const [first] = outcomes;
  if (first === undefined || first.done || !outcomes.every(isLost)) return;
  throw new RequestError('internal', { details: refusalOf(first).details });
}

function sorted(
  targets: readonly Target[],
  outcomes: readonly Outcome[],
): { readonly changed: readonly Changed[]; readonly failed: readonly Failed[] } {
  const changed: Changed[] = [];
  const failed: Failed[] = [];
  targets.forEach((target, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined) throw new Error('fewer outcomes than targets');
    if (outcome.done) changed.push({ target, outcome });
    else failed.push({ target, outcome });
  });
  return { changed, failed };
}
