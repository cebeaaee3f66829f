import type { BlocklistRequest } from './blocklist-request.ts';
import type { Amendment, Change, NewBlock } from './change.ts';
import { type AfterExpiry, changeAfterExpiry } from './expiry.ts';
import type { Facts, UserFacts } from './facts.ts';
import { type Outcome, outcomeCode } from './outcome.ts';
import type { WaId } from './phone.ts';
import type { ActivityEntry, BlockTerms, StandingBlock } from './records.ts';
import { cut } from './text.ts';

/** The decision on a request: an outcome for each target, and the users that something is written about. */
export interface RequestResult {
  readonly outcomes: readonly Outcome[];
  readonly changedUsers: ReadonlySet<WaId>;
  /** Users outside the window, who get a standing block instead. */
  readonly deferredUsers: ReadonlySet<WaId>;
}

/** The part that a block and a standing block have in common. */
type CauseAndEnd = Pick<StandingBlock, 'cause' | 'untilMs'>;

/** Builds the change that carries out a request. */
export function requestChange(
  current: AfterExpiry,
  request: BlocklistRequest,
  { outcomes, changedUsers, deferredUsers }: RequestResult,
): Change {
  const { facts } = current;
  const { operation, atMs } = request;
  const termsOf = termsByUser(request);
  const causeOf = causesByUser(request, termsOf);
  const changed = [...changedUsers];
  const userOf = (waId: WaId) => facts.users.get(waId);
  const added =
    operation === 'block' ? changed.map((waId) => newBlock(waId, userOf(waId), causeOf(waId))) : [];
  const removed = operation === 'unblock' ? changed.filter((waId) => userOf(waId)?.blocked) : [];
  const placed = operation === 'standing_block' ? changed : [...deferredUsers];
  const base = changeAfterExpiry(current, { atMs, added, removed });
  return {
    ...base,
    amended: operation === 'block' ? amendments(facts, request, outcomes, termsOf) : [],
    standing: placed.map((waId) => ({
      waId,
      placedAtMs: placedAt(facts, waId, atMs),
      ...keptTerms(causeOf(waId), termsOf(waId), userOf(waId)?.standing ?? null),
    })),
    endedStanding: [
      ...base.endedStanding,
      ...changed.filter((waId) => operation !== 'standing_block' && userOf(waId)?.standing),
    ],
    activity: [...base.activity, ...activityOf(request, outcomes)],
  };
}

/** A new row of the blocklist. It remembers how many of the user's messages had been dropped before it. */
export function newBlock(waId: WaId, user: UserFacts | undefined, { cause, untilMs }: CauseAndEnd): NewBlock {
  return { waId, cause, untilMs, droppedBefore: user?.dropped ?? 0 };
}

/** A note and an end after a request has stated others. */
export function amend(before: Required<BlockTerms>, terms: BlockTerms): Required<BlockTerms> {
  return { ...before, ...terms };
}

/** Blocking a user again amends the block that is there: with the note and the end that are stated, and nothing else. */
function amendments(
  facts: Facts,
  { targets }: BlocklistRequest,
  outcomes: readonly Outcome[],
  termsOf: (waId: WaId) => BlockTerms,
): readonly Amendment[] {
  const again = targets.flatMap(({ ref }, index) =>
    ref.kind === 'user' && isUnchanged(outcomes[index]) ? [ref.waId] : [],
  );
  // A user whom the same request has just blocked already has all its terms.
  return [...new Set(again)]
    .filter((waId) => facts.users.get(waId)?.blocked)
    .map((waId) => ({ waId, ...termsOf(waId) }))
    .filter(({ note, untilMs }) => note !== undefined || untilMs !== undefined);
}

function isUnchanged(outcome: Outcome | undefined): boolean {
  return outcome?.done === true && !outcome.changed;
}

/**
 * A standing block of a `cloud` number that is placed again keeps its time: its user may have written already, and need not
 * write again.
 */
function placedAt({ number, users }: Facts, waId: WaId, atMs: number): number {
  return (number.upstream !== null && users.get(waId)?.standing?.placedAtMs) || atMs;
}

/** A standing block that is placed again keeps its note and its end, unless the request states others. */
function keptTerms(placed: CauseAndEnd, terms: BlockTerms, before: StandingBlock | null): CauseAndEnd {
  if (before === null) return placed;
  const { note, untilMs } = amend({ note: before.cause.note, untilMs: before.untilMs }, terms);
  return { cause: { ...placed.cause, note }, untilMs };
}

/** The cause and the end of each user's block. Users with the same terms share one object. */
function causesByUser(
  { actor, terms: ofAll }: BlocklistRequest,
  termsOf: (waId: WaId) => BlockTerms,
): (waId: WaId) => CauseAndEnd {
  const causeOf = ({ note = null, untilMs = null }: BlockTerms) => ({ cause: { ...actor, note }, untilMs });
  const shared = causeOf(ofAll);
  return (waId) => (termsOf(waId) === ofAll ? shared : causeOf(termsOf(waId)));
}

/** The terms of each user: those of the first element about them, or those of the request. */
function termsByUser({ terms: ofAll, targets }: BlocklistRequest): (waId: WaId) => BlockTerms {
  const own = new Map<WaId, BlockTerms>();
  for (const { ref, terms } of targets) {
    if (terms !== undefined && ref.kind === 'user' && !own.has(ref.waId)) own.set(ref.waId, terms);
  }
  return (waId) => own.get(waId) ?? ofAll;
}

/** Characters of a caller's text that the activity keeps. */
const inputLengthMax = 64;

function activityOf(
  { operation, targets, actor, terms: ofAll, atMs }: BlocklistRequest,
  outcomes: readonly Outcome[],
): ActivityEntry[] {
  return targets.map(({ input, ref, terms = ofAll }, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined) throw new Error('fewer outcomes than targets');
    return {
      atMs,
      operation,
      waId: ref.kind === 'user' ? ref.waId : null,
      input: cut(input, inputLengthMax),
      outcome: outcomeCode(outcome),
      keyId: actor.keyId,
      person: actor.person,
      source: actor.source,
      note: terms.note ?? null,
    };
  });
}
