import type { RefusalName } from '@blockhouse/client/wire';
import {
  type NumberRecord,
  type Operation,
  type Outcome,
  outcomeCode,
  type Target,
} from '@blockhouse/engine';
import { type PlatformFailure, refusalTextOfFailure } from '../platform.ts';
import { type ExplainedRefusal, explainOutcome } from '../refusal-text.ts';

/** The outcome of one user on one number: `refused` and `unknown` are never used for any other outcome. */
export interface BulkResult {
  readonly numberId: string;
  /** The user as the caller named them. */
  readonly user: string;
  /** For users who were named by phone. */
  readonly waId?: string;
  /** For users who were named by it. */
  readonly userId?: string;
  readonly outcome: 'blocked' | 'unblocked' | 'standing' | 'withdrawn' | 'refused' | 'unknown' | 'not_tried';
  /** Whether the call changed the user's state; absent for refused and unknown users. */
  readonly changed?: boolean;
  readonly reason?: RefusalName | 'other' | 'failed' | 'unknown';
  readonly code?: number;
  readonly message?: string;
  readonly details?: string;
  readonly explanation?: string;
}

/** The count of results by outcome. */
export type BulkCounts = Partial<Record<BulkResult['outcome'], number>>;

/** Whether the outcome of a user is open, so that the user has to be tried again. */
export function isOpen({ outcome }: BulkResult): boolean {
  return outcome === 'unknown' || outcome === 'not_tried';
}

/** The outcome of a user when an operation succeeds. */
const successes = {
  block: 'blocked',
  unblock: 'unblocked',
  standing_block: 'standing',
  withdraw: 'withdrawn',
} as const;

/** The result of a target on a number. */
export function resultOf(
  operation: Operation,
  numberId: string,
  target: Target,
  outcome: Outcome | undefined,
): BulkResult {
  if (outcome === undefined) throw new Error('fewer outcomes than targets');
  const user = { numberId, user: target.input, ...namesOf(target, outcome) };
  if (outcome.done) {
    // A user who is blocked already needs no standing block, and gets none.
    const isBlockedAlready = operation === 'standing_block' && !outcome.changed;
    return {
      ...user,
      outcome: isBlockedAlready ? 'blocked' : successes[operation],
      changed: outcome.changed,
    };
  }
  if (outcomeCode(outcome) === 'standing') return { ...user, outcome: 'standing', changed: true };
  const refusal = { reason: outcome.reason, ...explainOutcome(outcome, operation) };
  if (outcome.reason === 'unknown') return { ...user, outcome: 'unknown', ...refusal };
  if (outcome.reason === 'failed') return { ...user, outcome: 'not_tried', ...refusal };
  return { ...user, outcome: 'refused', ...refusal };
}

function namesOf({ input, ref }: Target, { waId }: Outcome): Pick<BulkResult, 'waId' | 'userId'> {
  if (waId !== undefined) return { waId: String(waId) };
  if (ref.kind !== 'user') return {};
  return ref.by === 'phone' ? { waId: String(ref.waId) } : { userId: input };
}

/** The results of a chunk that failed as a whole: nothing was applied, for the same reason. */
export function notTried(
  { id: numberId }: NumberRecord,
  users: readonly string[],
  refusal: ExplainedRefusal,
): readonly BulkResult[] {
  return users.map((user) => ({ numberId, user, outcome: 'not_tried', ...refusal }));
}

/** The texts about a chunk that the platform has refused as a whole. */
export function explainFailure(failure: PlatformFailure, operation: Operation): ExplainedRefusal {
  return explainOutcome({ done: false, reason: 'failed', text: refusalTextOfFailure(failure) }, operation);
}
