import { requestChange } from './blocklist-change.ts';
import { type BlocklistRequest, type Target, waIdsOf } from './blocklist-request.ts';
import type { Decision } from './change.ts';
import { applyExpiry, changeAfterExpiry, hasExpired } from './expiry.ts';
import type { Facts } from './facts.ts';
import type { Outcome } from './outcome.ts';
import type { WaId } from './phone.ts';
import type { ActivityEntry } from './records.ts';

/**
 * Records the answer of the platform that enforces the list of a `cloud` number. The platform decides; the notes here follow.
 * A user whom it refused because of the window may get a standing block instead.
 * @param answered one outcome per target. `changed` is corrected by the notes: a user who is noted as blocked is unchanged.
 */
export function decideAnswered(
  given: Facts,
  asked: BlocklistRequest,
  answered: readonly Outcome[],
): Decision<readonly Outcome[]> {
  const targets = asked.targets.map((target, index) => resolvedTarget(target, answered[index]));
  const request = { ...asked, targets };
  const current = applyExpiry(given, asked.atMs, newlyBlocked(request, answered));
  const { users } = current.facts;
  const changedUsers = new Set<WaId>();
  const deferredUsers = new Set<WaId>();
  const doneUsers = new Set<WaId>();
  const outcomes = targets.map(({ ref }, index): Outcome => {
    const outcome = answered[index];
    if (outcome === undefined) throw new Error('fewer outcomes than targets');
    if (ref.kind === 'nobody') return outcome;
    if (outcome.done) {
      doneUsers.add(ref.waId);
      const isKnown = request.operation === 'block' && users.get(ref.waId)?.blocked;
      const isChanged = outcome.changed && !isKnown && !changedUsers.has(ref.waId);
      if (isChanged) changedUsers.add(ref.waId);
      return { ...outcome, changed: isChanged };
    }
    if (outcome.reason !== 'window_closed' || request.whenClosed === 'refuse') return outcome;
    deferredUsers.add(ref.waId);
    return { ...outcome, standing: true };
  });
  const change = requestChange(current, request, { outcomes, changedUsers, deferredUsers });
  // A blocked user needs no standing block any more, also when the notes had them as blocked before.
  const alsoEnded = [...doneUsers].filter(
    (waId) => users.get(waId)?.standing && !change.endedStanding.includes(waId),
  );
  return { answer: outcomes, change: { ...change, endedStanding: [...change.endedStanding, ...alsoEnded] } };
}

/** Users whom the platform has just blocked: an expired block in their notes is not the one that holds now. */
function newlyBlocked(
  { operation, targets }: BlocklistRequest,
  answered: readonly Outcome[],
): ReadonlySet<WaId> {
  if (operation !== 'block') return new Set();
  return new Set(waIdsOf(targets.filter((_, index) => answered[index]?.done)));
}

/** The target with the `wa_id` that the platform has answered, if any. */
function resolvedTarget(target: Target, outcome: Outcome | undefined): Target {
  if (outcome?.waId === undefined) return target;
  return { ...target, ref: { kind: 'user', by: 'phone', waId: outcome.waId } };
}

/** A user who is no longer on the platform's list, and the text that names them in the activity. */
export interface RemovedElsewhere {
  readonly waId: WaId;
  readonly input: string;
}

/**
 * Removes the notes of users who are no longer on the platform's list: somebody has unblocked them there (`elsewhere`), or
 * Blockhouse has, at the end of their block (`until`). Users blocked since the list was read keep their notes, and so do users
 * whose block got a later end meanwhile.
 * @param options.sinceBeforeMs only blocks that are older than this moment are removed.
 */
export function decideRemovedElsewhere(
  facts: Facts,
  gone: readonly RemovedElsewhere[],
  {
    atMs,
    source,
    sinceBeforeMs = atMs,
  }: { readonly atMs: number; readonly source: 'elsewhere' | 'until'; readonly sinceBeforeMs?: number },
): Decision<null> {
  const current = applyExpiry(facts, atMs);
  const left = gone.filter(({ waId }) => {
    const block = current.facts.users.get(waId)?.block ?? null;
    const isStillDue = source === 'elsewhere' || hasExpired(block, atMs);
    return isStillDue && (block?.sinceMs ?? atMs) < sinceBeforeMs;
  });
  if (left.length === 0) return { answer: null, change: null };
  const change = changeAfterExpiry(current, { atMs, removed: left.map(({ waId }) => waId) });
  const isExpired = source === 'until';
  const activity = left.map(
    ({ waId, input }): ActivityEntry => ({
      atMs,
      operation: 'unblock',
      waId,
      input,
      outcome: isExpired ? 'expired' : 'done',
      keyId: (isExpired && facts.users.get(waId)?.block?.keyId) || '',
      person: null,
      source,
      note: null,
    }),
  );
  return { answer: null, change: { ...change, activity: [...change.activity, ...activity] } };
}
