import type { Amendment, Change, Decision, NewBlock } from './change.ts';
import { applyExpiry, hasExpired } from './expiry.ts';
import type { Facts, UserFacts } from './facts.ts';
import { blocklistMax } from './limits.ts';
import type { WaId } from './phone.ts';
import type { ActivityEntry, Actor, AuditContext, BlockTerms, Operation, UserKind } from './records.ts';
import { cut } from './text.ts';
import type { UserRef } from './user-ref.ts';
import { isWindowOpen } from './window.ts';

/** Why one user was not blocked or unblocked. A value, never an exception; its texts stand in the catalogue. */
export type RefusalReason =
  | 'invalid_format'
  | 'not_a_user'
  | 'self'
  | 'business'
  | 'window_closed'
  | 'list_full';

/** What became of one element of a request. */
export type Outcome =
  | {
      readonly done: true;
      readonly changed: boolean;
      /** Whom the platform took the user for, where it has another `wa_id` for them than what was written. */
      readonly waId?: WaId;
    }
  | {
      readonly done: false;
      readonly reason: RefusalReason;
      readonly waId?: WaId;
      /** Not blocked, but at their next message they will be. */
      readonly standing?: true;
      /** In the platform's own words, where it is not this one. */
      readonly words?: RefusalText;
    }
  | {
      readonly done: false;
      /** `other`: refused, in words that are not ours; `failed`: certainly not done; `unknown`: perhaps done, perhaps not. */
      readonly reason: 'other' | 'failed' | 'unknown';
      readonly waId?: WaId;
      readonly standing?: undefined;
      readonly words: RefusalText;
    };

/** What a platform says of a user whom it did not block or unblock. */
export interface RefusalText {
  readonly code: number;
  readonly message: string;
  readonly details: string;
}

/** One element of a request: the user as written, and whom that means. */
export interface Target {
  readonly input: string;
  readonly ref: Exclude<UserRef, { kind: 'parent' }>;
  /** Refused whatever the rules say: the sandbox has ordered it, or the user was not understood. */
  readonly injected?: RefusalReason;
  /** What is said of this one user, in the place of what the request says of all. */
  readonly terms?: BlockTerms;
}

/** A request to change one number's blocklist. */
export interface BlocklistRequest {
  readonly operation: Operation;
  readonly targets: readonly Target[];
  readonly actor: Actor;
  /** Why, and when the blocks, or the standing blocks, end by themselves. */
  readonly terms: BlockTerms;
  /** What becomes of users outside the window. */
  readonly whenClosed: 'refuse' | 'standing';
  readonly atMs: number;
}

/** What the steps below look at: one user, and the list as it stands when their turn comes. */
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
const nobody = refused('not_a_user');
const windowClosed = refused('window_closed');
const listFull = refused('list_full');
const standing: Outcome = { done: false, reason: 'window_closed', standing: true };

/**
 * Blocking: the first step that applies decides, in this order; it is part of the contract. Somebody on the list
 * stays on it whatever the window and the capacity, so that a retry is safe.
 */
const blockSteps: readonly Step[] = [
  { when: ({ facts }) => kindOf(facts) === 'none', outcome: nobody },
  { when: ({ isSelf }) => isSelf, outcome: refused('self') },
  { when: ({ facts }) => kindOf(facts) === 'business', outcome: refused('business') },
  { when: ({ blocked }) => blocked, outcome: unchanged },
  { when: ({ facts, atMs }) => !isWindowOpen(facts.lastInboundMs, atMs), outcome: windowClosed },
  { when: ({ listSize }) => listSize >= blocklistMax, outcome: listFull },
  { when: () => true, outcome: changed },
];

/**
 * Unblocking has no window; somebody who is not blocked is a success that changes nothing. Who has left WhatsApp can
 * still be taken off the list.
 */
const unblockSteps: readonly Step[] = [
  { when: ({ blocked }) => blocked, outcome: changed },
  { when: ({ facts, touched }) => facts.standing !== null && !touched, outcome: changed },
  { when: ({ facts }) => kindOf(facts) === 'none', outcome: nobody },
  { when: () => true, outcome: unchanged },
];

/** A standing block asks for no window; who is blocked already needs none. */
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
  const settled = applyExpiry(given, request.atMs);
  const { facts } = settled;
  const steps = stepsOf[request.operation];
  const moved = new Set<WaId>();
  const waiting = new Set<WaId>();
  const outcomes = request.targets.map(({ ref, injected: ordered }) => {
    if (ordered !== undefined) return refused(ordered);
    if (ref.kind === 'nobody') return refused(ref.reason);
    const subject = subjectOf(facts, request, ref.waId, moved);
    const outcome = steps.find(({ when }) => when(subject))?.outcome ?? nobody;
    if (outcome === changed) moved.add(ref.waId);
    if (outcome !== windowClosed || request.whenClosed === 'refuse') return outcome;
    waiting.add(ref.waId);
    return standing;
  });
  return { answer: outcomes, change: changeOf(settled, request, { outcomes, moved, waiting }) };
}

/**
 * Writes down what the platform has answered that enforces the list of a `cloud` number: it decides, and what is kept here
 * follows. Who was refused because of the window may get a standing block instead.
 * @param answered one outcome per target; `changed` is corrected by what is known here.
 */
export function decideAnswered(
  given: Facts,
  asked: BlocklistRequest,
  answered: readonly Outcome[],
): Decision<readonly Outcome[]> {
  const request = { ...asked, targets: asked.targets.map((target, index) => meant(target, answered[index])) };
  const settled = applyExpiry(given, asked.atMs, blockedAnew(request, answered));
  const { users } = settled.facts;
  const moved = new Set<WaId>();
  const waiting = new Set<WaId>();
  const done = new Set<WaId>();
  const outcomes = request.targets.map(({ ref }, index): Outcome => {
    const outcome = answered[index];
    if (outcome === undefined) throw new Error('fewer outcomes than targets');
    if (ref.kind === 'nobody') return outcome;
    if (outcome.done) {
      done.add(ref.waId);
      const isKnown = request.operation === 'block' && users.get(ref.waId)?.blocked;
      const isChanged = outcome.changed && !isKnown && !moved.has(ref.waId);
      if (isChanged) moved.add(ref.waId);
      return { ...outcome, changed: isChanged };
    }
    if (outcome.reason !== 'window_closed' || request.whenClosed === 'refuse') return outcome;
    waiting.add(ref.waId);
    return { ...outcome, standing: true };
  });
  const change = changeOf(settled, request, { outcomes, moved, waiting });
  // Who is blocked needs no order any more, whatever was known of them here.
  const triggered = [...done].filter(
    (waId) => users.get(waId)?.standing && !change.endedStanding.includes(waId),
  );
  return { answer: outcomes, change: { ...change, endedStanding: [...change.endedStanding, ...triggered] } };
}

/** Users whom the platform has blocked just now: a block of theirs whose time is over is not the one that holds. */
function blockedAnew(
  { operation, targets }: BlocklistRequest,
  answered: readonly Outcome[],
): ReadonlySet<WaId> {
  if (operation !== 'block') return new Set();
  return new Set(waIdsOf(targets.filter((_, index) => answered[index]?.done)));
}

function meant(target: Target, outcome: Outcome | undefined): Target {
  if (outcome?.waId === undefined) return target;
  return { ...target, ref: { kind: 'user', by: 'phone', waId: outcome.waId } };
}

/** Somebody who is on a list no longer, and what they are called. */
export interface RemovedElsewhere {
  readonly waId: WaId;
  readonly input: string;
}

/**
 * Users who are on this number's list here and no longer on the platform's: somebody has unblocked them there (`elsewhere`),
 * or we have because their time was over (`until`). Who was blocked since it was looked is left, and so is a block that was given
 * a later end meanwhile.
 * @param options.sinceBeforeMs only blocks from before this moment count.
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
  const settled = applyExpiry(facts, atMs);
  const left = gone.filter(({ waId }) => {
    const block = settled.facts.users.get(waId)?.block ?? null;
    const isStillDue = source === 'elsewhere' || hasExpired(block, atMs);
    return isStillDue && (block?.sinceMs ?? atMs) < sinceBeforeMs;
  });
  const removed = left.map(({ waId }) => waId);
  if (removed.length === 0) return { answer: null, change: null };
  const change = changeAfterExpiry(settled, { atMs, added: [], removed });
  const activity = left.map(({ waId, input }): ActivityEntry => {
    const isOurs = source === 'until';
    const keyId = (isOurs && facts.users.get(waId)?.block?.keyId) || '';
    const outcome = isOurs ? 'expired' : 'done';
    return {
      atMs,
      operation: 'unblock',
      waId,
      input,
      outcome,
      keyId,
      person: null,
      source,
      note: null,
    };
  });
  return { answer: null, change: { ...change, activity: [...change.activity, ...activity] } };
}

/** Ends what is over, and nothing else. */
export function decideExpiry(given: Facts, atMs: number): Decision<number> {
  const settled = applyExpiry(given, atMs);
  const ended = settled.activity.length;
  return {
    answer: ended,
    change: ended === 0 ? null : changeAfterExpiry(settled, { atMs, added: [], removed: [] }),
  };
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
  const touched = moved.has(waId);
  const onList = { block: user.blocked || touched, unblock: user.blocked && !touched } as Partial<
    Record<Operation, boolean>
  >;
  return {
    facts: user,
    isSelf: waId === facts.number.waId,
    blocked: onList[request.operation] ?? user.blocked,
    touched,
    listSize: facts.blocklist.size + (request.operation === 'block' ? moved.size : 0),
    atMs: request.atMs,
  };
}

function changeOf(
  settled: ReturnType<typeof applyExpiry>,
  request: BlocklistRequest,
  done: {
    readonly outcomes: readonly Outcome[];
    readonly moved: ReadonlySet<WaId>;
    readonly waiting: ReadonlySet<WaId>;
  },
): Change {
  const { facts } = settled;
  const { operation, atMs } = request;
  const saidOf = saidOfUsers(request);
  const orderOf = ordersOf(request);
  const moved = [...done.moved];
  const userOf = (waId: WaId) => facts.users.get(waId);
  const added = operation === 'block' ? moved.map((waId) => newBlock(waId, userOf(waId), orderOf(waId))) : [];
  const removed = operation === 'unblock' ? moved.filter((waId) => userOf(waId)?.blocked) : [];
  const placed = operation === 'standing_block' ? moved : [...done.waiting];
  const base = changeAfterExpiry(settled, { atMs, added, removed });
  return {
    ...base,
    amended: operation === 'block' ? amendments(facts, request, done.outcomes) : [],
    standing: placed.map((waId) => ({
      waId,
      placedAtMs: placedAt(facts, waId, atMs),
      ...renewed(orderOf(waId), saidOf(waId), userOf(waId)),
    })),
    endedStanding: [
      ...base.endedStanding,
      ...moved.filter((waId) => operation !== 'standing_block' && userOf(waId)?.standing),
    ],
    activity: [...base.activity, ...activityOf(request, done.outcomes)],
  };
}

/** What is written when nothing but what is over ends, and these are added and removed. */
export function changeAfterExpiry(
  { facts, removed: expired, endedStanding, activity }: ReturnType<typeof applyExpiry>,
  change: { readonly atMs: number; readonly added: readonly NewBlock[]; readonly removed: readonly WaId[] },
): Change {
  const { atMs, added } = change;
  const removed = [...expired, ...change.removed];
  const { version, size } = facts.blocklist;
  return {
    atMs,
    blocklist:
      added.length + removed.length === 0
        ? null
        : {
            version: nextVersion(version, atMs, facts.number.waId),
            size: size + added.length - change.removed.length,
            removed,
            added,
          },
    amended: [],
    standing: [],
    endedStanding,
    admitted: new Map(),
    dropped: new Map(),
    activity,
    webhooks: [],
  };
}

/** A block as it is written, with what was dropped of its user until now. */
export function newBlock(waId: WaId, user: UserFacts | undefined, { cause, untilMs }: Order): NewBlock {
  return { waId, cause, untilMs, droppedBefore: user?.dropped ?? 0 };
}

/** Blocking a user again amends the block that is there: with the note and the end that are stated, and nothing else. */
function amendments(
  facts: Facts,
  request: BlocklistRequest,
  outcomes: readonly Outcome[],
): readonly Amendment[] {
  const saidOf = saidOfUsers(request);
  const again = request.targets.flatMap(({ ref }, index) =>
    ref.kind === 'user' && isUnchanged(outcomes[index]) ? [ref.waId] : [],
  );
  // Whom the same request has just blocked was blocked with all that it says.
  return [...new Set(again)]
    .filter((waId) => facts.users.get(waId)?.blocked)
    .map((waId) => ({ waId, ...saidOf(waId) }))
    .filter(({ note, untilMs }) => note !== undefined || untilMs !== undefined);
}

function isUnchanged(outcome: Outcome | undefined): boolean {
  return outcome?.done === true && !outcome.changed;
}

/** Where the order waits for another platform to place the block, giving it again does not make its user write again. */
function placedAt({ number, users }: Facts, waId: WaId, atMs: number): number {
  return (number.upstream !== null && users.get(waId)?.standing?.placedAtMs) || atMs;
}

/** An order that is given again keeps its note and its end, unless the request states others. */
function renewed(order: Order, terms: BlockTerms, user: UserFacts | undefined): Order {
  const before = user?.standing;
  if (!before) return order;
  const { note, untilMs } = amend({ note: before.cause.note, untilMs: before.untilMs }, terms);
  return { cause: { ...order.cause, note }, untilMs };
}

/** A note and an end once a request has stated others. */
export function amend(before: Required<BlockTerms>, terms: BlockTerms): Required<BlockTerms> {
  return { ...before, ...terms };
}

/** A block or a standing block, as it is written where there was none. */
interface Order {
  readonly cause: AuditContext;
  readonly untilMs: number | null;
}

/** What is written for each user: users of whom the same is said share one cause. */
function ordersOf(request: BlocklistRequest): (waId: WaId) => Order {
  const saidOf = saidOfUsers(request);
  const orderOf = ({ note = null, untilMs = null }: BlockTerms): Order => ({
    cause: { ...request.actor, note },
    untilMs,
  });
  const ofAll = orderOf(request.terms);
  return (waId) => (saidOf(waId) === request.terms ? ofAll : orderOf(saidOf(waId)));
}

/** What is said of each user: by the first element about them, or by the request of all. */
function saidOfUsers({ terms: ofAll, targets }: BlocklistRequest): (waId: WaId) => BlockTerms {
  const own = new Map<WaId, BlockTerms>();
  for (const { ref, terms } of targets) {
    if (terms !== undefined && ref.kind === 'user' && !own.has(ref.waId)) own.set(ref.waId, terms);
  }
  return (waId) => own.get(waId) ?? ofAll;
}

function activityOf(request: BlocklistRequest, outcomes: readonly Outcome[]): ActivityEntry[] {
  return request.targets.map(({ input, ref, terms }, index) => ({
    atMs: request.atMs,
    operation: request.operation,
    waId: ref.kind === 'user' ? ref.waId : null,
    input: cut(input, inputKept),
    outcome: outcomeCode(outcomes[index] ?? nobody),
    keyId: request.actor.keyId,
    person: request.actor.person,
    source: request.actor.source,
    note: (terms ?? request.terms).note ?? null,
  }));
}

/** Characters of what a caller wrote that are kept. */
const inputKept = 64;

/** An outcome in one word: `done`, `unchanged` (it was so already), `standing` (an order waits), or the reason of the refusal. */
export function outcomeCode(
  outcome: Outcome,
): 'done' | 'unchanged' | 'standing' | (Outcome & { done: false })['reason'] {
  if (!outcome.done) return outcome.standing ? 'standing' : outcome.reason;
  return outcome.changed ? 'done' : 'unchanged';
}

/** Whether nobody knows what came of it, or nothing was done at all: it has to be tried again. */
export function isLost(outcome: Outcome): boolean {
  return !outcome.done && (outcome.reason === 'failed' || outcome.reason === 'unknown');
}

/** Everybody who is meant, as often as they are named. */
export function waIdsOf(targets: readonly Target[]): readonly WaId[] {
  return targets.flatMap(({ ref }) => (ref.kind === 'user' ? [ref.waId] : []));
}
