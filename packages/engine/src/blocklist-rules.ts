import { requestChange } from './blocklist-change.ts';
import type { BlocklistRequest } from './blocklist-request.ts';
import type { Decision } from './change.ts';
import { applyExpiry } from './expiry.ts';
import { type Facts, kindOf, type UserFacts, userOf } from './facts.ts';
import { blocklistMax } from './limits.ts';
import type { Outcome, RefusalReason } from './outcome.ts';
import type { WaId } from './phone.ts';
import type { Operation } from './records.ts';
import { isWindowOpen } from './window.ts';

/** The input of a step: one user, and the list after the elements before this one. */
interface Subject {
  readonly facts: UserFacts;
  readonly isSelf: boolean;
  readonly blocked: boolean;
  /** An element before this one was about the same user, and changed something. */
  readonly touched: boolean;
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
const notAUser = refused('not_a_user');
const windowClosed = refused('window_closed');
const listFull = refused('list_full');
const standing: Outcome = { done: false, reason: 'window_closed', standing: true };

/**
 * Blocking: the first step that applies decides. The order is part of the contract. A user on the list stays on it
 * whatever the window and the capacity, so that a retry is safe.
 */
const blockSteps: readonly Step[] = [
  { when: ({ facts }) => kindOf(facts) === 'none', outcome: notAUser },
  { when: ({ isSelf }) => isSelf, outcome: refused('self') },
  { when: ({ facts }) => kindOf(facts) === 'business', outcome: refused('business') },
  { when: ({ blocked }) => blocked, outcome: unchanged },
  { when: ({ facts, atMs }) => !isWindowOpen(facts.lastInboundMs, atMs), outcome: windowClosed },
  { when: ({ listSize }) => listSize >= blocklistMax, outcome: listFull },
  { when: () => true, outcome: changed },
];

/**
 * Unblocking has no window, and succeeds without a change for a user who is not blocked. A user who has left WhatsApp can
 * still be taken off the list.
 */
const unblockSteps: readonly Step[] = [
  { when: ({ blocked }) => blocked, outcome: changed },
  { when: ({ facts, touched }) => facts.standing !== null && !touched, outcome: changed },
  { when: ({ facts }) => kindOf(facts) === 'none', outcome: notAUser },
  { when: () => true, outcome: unchanged },
];

/** A standing block needs neither an open window nor room on the list. A blocked user gets none. */
const standingSteps: readonly Step[] = [
  ...blockSteps.filter(
    ({ outcome }) => outcome !== windowClosed && outcome !== listFull && outcome !== changed,
  ),
  { when: () => true, outcome: changed },
];

const withdrawSteps: readonly Step[] = [
  { when: ({ facts, touched }) => facts.standing !== null && !touched, outcome: changed },
  { when: () => true, outcome: unchanged },
];

const stepsOf: Readonly<Record<Operation, readonly Step[]>> = {
  block: blockSteps,
  unblock: unblockSteps,
  standing_block: standingSteps,
  withdraw: withdrawSteps,
};

/** Decides a request element by element, in order: one outcome each, duplicates applied once. */
export function decideBlocklist(given: Facts, request: BlocklistRequest): Decision<readonly Outcome[]> {
  const current = applyExpiry(given, request.atMs);
  const steps = stepsOf[request.operation];
  const changedUsers = new Set<WaId>();
  const deferredUsers = new Set<WaId>();
  const outcomes = request.targets.map(({ ref, injected }) => {
    if (injected !== undefined) return refused(injected);
    if (ref.kind === 'nobody') return refused(ref.reason);
    const subject = subjectOf(current.facts, request, ref.waId, changedUsers);
    const outcome = steps.find(({ when }) => when(subject))?.outcome ?? notAUser;
    if (outcome === changed) changedUsers.add(ref.waId);
    if (outcome !== windowClosed || request.whenClosed === 'refuse') return outcome;
    deferredUsers.add(ref.waId);
    return standing;
  });
  return {
    answer: outcomes,
    change: requestChange(current, request, { outcomes, changedUsers, deferredUsers }),
  };
}

function subjectOf(
  facts: Facts,
  { operation, atMs }: BlocklistRequest,
  waId: WaId,
  changedUsers: ReadonlySet<WaId>,
): Subject {
  const user = userOf(facts, waId);
  const touched = changedUsers.has(waId);
  const onList: Partial<Record<Operation, boolean>> = {
    block: user.blocked || touched,
    unblock: user.blocked && !touched,
  };
  return {
    facts: user,
    isSelf: waId === facts.number.waId,
    blocked: onList[operation] ?? user.blocked,
    touched,
    listSize: facts.blocklist.size + (operation === 'block' ? changedUsers.size : 0),
    atMs,
  };
}
