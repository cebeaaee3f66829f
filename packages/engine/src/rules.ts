import { blocklistMax } from './limits.ts';
import type { WaId } from './phone.ts';
import type { ActivityEntry, Change, Decision, Facts, UserFacts, UserKind } from './store.ts';
import type { UserRef } from './user-ref.ts';
import { isWindowOpen } from './window.ts';

/** Why one user was not blocked or unblocked. A value, never an exception; its texts stand in the catalogue. */
export type RefusalReason = 'not_a_user' | 'self' | 'business' | 'window_closed' | 'list_full';

/** What became of one element of a request. */
export type Outcome =
  | { readonly done: true; readonly changed: boolean }
  | { readonly done: false; readonly reason: RefusalReason };

/** One element of a request: the user as written, and whom that means. */
export interface Target {
  readonly input: string;
  readonly ref: Exclude<UserRef, { kind: 'parent' }>;
  /** The sandbox has ordered this refusal, whatever the rules say. */
  readonly ordered?: RefusalReason;
}

/** A request to change one number's blocklist. */
export interface BlocklistRequest {
  readonly operation: 'block' | 'unblock';
  readonly targets: readonly Target[];
  readonly keyId: string;
  readonly atMs: number;
}

/** What the steps below look at: one user, and the list as it stands when their turn comes. */
interface Subject {
  readonly facts: UserFacts;
  readonly isSelf: boolean;
  readonly blocked: boolean;
  readonly listSize: number;
  readonly atMs: number;
}

interface Step {
  readonly when: (subject: Subject) => boolean;
  readonly outcome: Outcome;
}

const changed: Outcome = { done: true, changed: true };
const unchanged: Outcome = { done: true, changed: false };
const refused = (reason: RefusalReason): Outcome => ({ done: false, reason });
const nobody = refused('not_a_user');

/**
 * Blocking: the first step that applies decides, in this order; it is part of the contract. Somebody on the list
 * stays on it whatever the window and the capacity, so that a retry is safe.
 */
const blockSteps: readonly Step[] = [
  { when: ({ facts }) => kindOf(facts) === 'none', outcome: nobody },
  { when: ({ isSelf }) => isSelf, outcome: refused('self') },
  { when: ({ facts }) => kindOf(facts) === 'business', outcome: refused('business') },
  { when: ({ blocked }) => blocked, outcome: unchanged },
  { when: ({ facts, atMs }) => !isWindowOpen(facts.lastInboundMs, atMs), outcome: refused('window_closed') },
  { when: ({ listSize }) => listSize >= blocklistMax, outcome: refused('list_full') },
  { when: () => true, outcome: changed },
];

/**
 * Unblocking has no window; somebody who is not blocked is a success that changes nothing. Who has left WhatsApp can
 * still be taken off the list.
 */
const unblockSteps: readonly Step[] = [
  { when: ({ blocked }) => blocked, outcome: changed },
  { when: ({ facts }) => kindOf(facts) === 'none', outcome: nobody },
  { when: () => true, outcome: unchanged },
];

/** Decides a request element by element, in order: one outcome each, duplicates applied once. */
export function decideBlocklist(facts: Facts, request: BlocklistRequest): Decision<readonly Outcome[]> {
  const steps = request.operation === 'block' ? blockSteps : unblockSteps;
  const moved = new Set<WaId>();
  const outcomes = request.targets.map(({ ref, ordered }) => {
    if (ordered !== undefined) return refused(ordered);
    if (ref.kind === 'nobody') return nobody;
    const subject = subjectOf(facts, request, ref.waId, moved);
    const outcome = steps.find(({ when }) => when(subject))?.outcome ?? nobody;
    if (outcome === changed) moved.add(ref.waId);
    return outcome;
  });
  return { answer: outcomes, change: changeOf(facts, request, outcomes, [...moved]) };
}

/** What an account is: the directory's word; else a number of this platform is a business, anybody else a consumer. */
export function kindOf({ profile, isNumber }: UserFacts): UserKind {
  return profile?.kind ?? (isNumber ? 'business' : 'consumer');
}

/**
 * A version later than `version`, and the time of the change where that is later still: microseconds since 1970. Within
 * the millisecond every number has a place of its own, so that lists changed at one instant differ in version, and a
 * cursor of one is none of the other.
 */
export function nextVersion(version: number, atMs: number, numberWaId: WaId): number {
  return Math.max(atMs * 1000 + (numberWaId % 1000), version + 1);
}

function subjectOf(facts: Facts, request: BlocklistRequest, waId: WaId, moved: ReadonlySet<WaId>): Subject {
  const user = facts.users.get(waId);
  if (user === undefined) throw new Error('the store left out a user that was asked for');
  return {
    facts: user,
    isSelf: waId === facts.number.waId,
    blocked: user.blocked !== moved.has(waId),
    listSize: facts.blocklist.size + (request.operation === 'block' ? moved.size : -moved.size),
    atMs: request.atMs,
  };
}

function changeOf(
  facts: Facts,
  request: BlocklistRequest,
  outcomes: readonly Outcome[],
  moved: readonly WaId[],
): Change {
  const [added, removed] = request.operation === 'block' ? [moved, []] : [[], moved];
  return {
    atMs: request.atMs,
    blocklist:
      moved.length === 0
        ? null
        : {
            version: nextVersion(facts.blocklist.version, request.atMs, facts.number.waId),
            size: facts.blocklist.size + added.length - removed.length,
            added,
            removed,
            keyId: request.keyId,
          },
    admitted: [],
    dropped: new Map(),
    activity: activityOf(request, outcomes),
    notices: [],
  };
}

function activityOf(request: BlocklistRequest, outcomes: readonly Outcome[]): ActivityEntry[] {
  return request.targets.map(({ input, ref }, index) => ({
    atMs: request.atMs,
    operation: request.operation,
    waId: ref.kind === 'user' ? ref.waId : null,
    input: input.slice(0, 64),
    outcome: outcomeWord(outcomes[index] ?? nobody),
    keyId: request.keyId,
  }));
}

/** An outcome in one word: `done`, `unchanged` (it was so already), or the reason of the refusal. */
export function outcomeWord(outcome: Outcome): 'done' | 'unchanged' | RefusalReason {
  if (!outcome.done) return outcome.reason;
  return outcome.changed ? 'done' : 'unchanged';
}
