import {
  AmbiguousOutcome,
  type BulkOptions,
  type BulkResult,
  type BulkStandingRequest,
  type Refusal,
  type UnfinishedUser,
  type User,
  type UserAtNumber,
} from '@blockhouse/client';
import { blockhouse, wordsOf } from '../api/server.ts';
import { t } from '../i18n/messages.ts';
import { newName } from '../ui/new-name.ts';
import { textOf } from './user-text.ts';

/** A user on one number whose outcome is open. */
export interface OpenUser {
  readonly user: User;
  readonly number: string;
}

export type RefusedUser = Refusal & { readonly number: string };

/** The known state of a call: each user is in exactly one of the lists, once for each number. */
export interface Outcomes {
  readonly blocked: readonly UserAtNumber[];
  readonly standing: readonly UserAtNumber[];
  readonly refused: readonly RefusedUser[];
  readonly unknown: readonly OpenUser[];
  readonly remaining: readonly OpenUser[];
  /** Why it was interrupted; null: it is done. */
  readonly problem: string | null;
}

/** A user, and what is said of the block. */
export interface Wanted {
  readonly user: string;
  /** Null: nothing is said, and the note of a block that is there stays. */
  readonly note: string | null;
  /** ISO 8601; null: permanently. */
  readonly until: string | null;
}

/** One call for users with the same terms, or for a list where each user has their own. */
interface Call {
  readonly users: readonly User[];
  readonly numbers: readonly string[];
  readonly make: (options: BulkOptions) => Promise<BulkResult>;
}

/** How work is followed, and stopped. */
type Watch = Pick<BulkOptions, 'onProgress' | 'signal'>;

/** Work as a browser keeps it, to be continued in another tab. The names of its calls make the server continue where it was. */
export interface StoredWork {
  readonly version: 1;
  readonly wanted: readonly Wanted[];
  readonly numbers: readonly string[];
  readonly names: readonly string[];
}

/** Of so many notes and ends each is a call of its own; a list with more of them is imported. */
const groupsMax = 50;

function callsFor(
  wanted: readonly Wanted[],
  numbers: readonly string[],
  operation: 'block' | 'placeStanding',
): readonly Call[] {
  const groups = groupsOf(wanted);
  if (groups.length > groupsMax) return importsOf(wanted, numbers, operation);
  return groups.map((group) => {
    const [{ note, until } = { note: null, until: null }] = group;
    const users = group.map(({ user }) => user);
    const request: BulkStandingRequest = { users, numbers, until, ...(note !== null && { note }) };
    const make: Call['make'] = (options) =>
      operation === 'block'
        ? blockhouse.block(request, options)
        : blockhouse.standingBlocks.place(request, options);
    return { users, numbers, make };
  });
}

/** An import cannot make a block permanent: an existing expiry stays. */
function importsOf(
  wanted: readonly Wanted[],
  numbers: readonly string[],
  operation: 'block' | 'placeStanding',
): readonly Call[] {
  const users = wanted.map(({ user }) => user);
  const whenClosed = operation === 'block' ? 'refuse' : 'standing';
  return numbers.map((number) => ({
    users,
    numbers: [number],
    make: (options) => blockhouse.blocks.import(number, wanted, { ...options, whenClosed }),
  }));
}

/** Whether a permanent block leaves an earlier expiry of a block as it is. */
export function keepsEnds(wanted: readonly Wanted[]): boolean {
  return groupsOf(wanted).length > groupsMax && wanted.some(({ until }) => until === null);
}

function groupsOf(wanted: readonly Wanted[]): readonly (readonly Wanted[])[] {
  return [...Map.groupBy(wanted, ({ note, until }) => JSON.stringify([note, until])).values()];
}

/**
 * A bulk call that can be resumed. If it is repeated under its name, the server returns the results so far, and does
 * the rest.
 */
class BulkWork {
  readonly call: Call;
  readonly name: string;
  /** Results of an earlier attempt. An attempt without results does not discard them. */
  #known: Outcomes | null = null;

  constructor(call: Call, name = newName()) {
    this.call = call;
    this.name = name;
  }

  /** Starts the work, or resumes it. @throws the problem, if nothing is known. */
  async run(watch: Watch): Promise<Outcomes> {
    let unfinished: AmbiguousOutcome | null = null;
    try {
      const { changed, standing, refused } = await this.call.make({
        ...watch,
        idempotencyKey: this.name,
        onUnfinished: (known) => {
          unfinished = known;
        },
      });
      this.#known = { blocked: changed, standing, refused, unknown: [], remaining: [], problem: null };
    } catch (error) {
      this.#known = watch.signal?.aborted ? this.#stopped(unfinished) : this.#after(error);
    }
    return this.#known;
  }

  /** A person has stopped it: what is known is from the last answer that came. */
  #stopped(unfinished: AmbiguousOutcome | null): Outcomes {
    const problem = t('block.stopped');
    const known = unfinished === null ? null : outcomesOf(unfinished, this.call, problem);
    const before = this.#known;
    if (before !== null && (known === null || settledIn(known) < settledIn(before)))
      return { ...before, problem };
    return known ?? untried(this.call, problem);
  }

  #after(error: unknown): Outcomes {
    const before = this.#known;
    if (!(error instanceof AmbiguousOutcome)) {
      if (before === null) throw error;
      return { ...before, problem: wordsOf(error) };
    }
    const problem = wordsOf(error.cause ?? error);
    const known = outcomesOf(error, this.call, problem);
    return before !== null && settledIn(known) < settledIn(before) ? { ...before, problem } : known;
  }
}

/** Blocks or standing blocks, in as many calls as it takes. A failure ends the work, which can be resumed. */
export class Work {
  readonly wanted: readonly Wanted[];
  readonly numbers: readonly string[];
  readonly #parts: readonly BulkWork[];

  private constructor(
    wanted: readonly Wanted[],
    numbers: readonly string[],
    { calls, names = [] }: { readonly calls: readonly Call[]; readonly names?: readonly string[] },
  ) {
    this.wanted = wanted;
    this.numbers = numbers;
    this.#parts = calls.map((call, index) => new BulkWork(call, names[index]));
  }

  /** Blocks users on each of the numbers. */
  static block(wanted: readonly Wanted[], numbers: readonly string[]): Work {
    return new Work(wanted, numbers, { calls: callsFor(wanted, numbers, 'block') });
  }

  /** Blocking that was begun in another tab. */
  static restored({ wanted, numbers, names }: StoredWork): Work {
    return new Work(wanted, numbers, { calls: callsFor(wanted, numbers, 'block'), names });
  }

  stored(): StoredWork {
    const { wanted, numbers } = this;
    return { version: 1, wanted, numbers, names: this.#parts.map(({ name }) => name) };
  }

  /** Standing blocks for users who could not be blocked: number by number, since a user who is blocked on one of them is not awaited there. */
  static placeStanding(wanted: readonly Wanted[], refused: readonly RefusedUser[]): Work {
    const byText = new Map(wanted.map((one) => [one.user, one]));
    const numbers = Map.groupBy(refused, ({ number }) => number);
    const calls = [...numbers].flatMap(([number, there]) =>
      callsFor(
        there.flatMap(({ user }) => byText.get(textOf(user)) ?? []),
        [number],
        'placeStanding',
      ),
    );
    return new Work(wanted, [...numbers.keys()], { calls });
  }

  /** Starts the work, or resumes it. @throws the problem, if nothing is known. */
  async run({ onProgress = () => {}, signal }: Watch = {}): Promise<Outcomes> {
    const total = this.#parts.reduce((sum, { call }) => sum + call.users.length * call.numbers.length, 0);
    let before = 0;
    const results: Outcomes[] = [];
    for (const part of this.#parts) {
      const isInterrupted = results.some(({ problem }) => problem !== null);
      const watch: Watch = {
        onProgress: ({ done }) => onProgress({ done: before + done, total }),
        ...(signal && { signal }),
      };
      results.push(isInterrupted ? untried(part.call, null) : await this.#attempt(part, watch, results));
      before += part.call.users.length * part.call.numbers.length;
    }
    return merged(results);
  }

  async #attempt(part: BulkWork, watch: Watch, results: readonly Outcomes[]): Promise<Outcomes> {
    try {
      return await part.run(watch);
    } catch (error) {
      if (results.length === 0) throw error;
      return untried(part.call, wordsOf(error));
    }
  }
}

/** Nobody was tried, as where the server has refused the call as a whole. */
function untried({ users, numbers }: Call, problem: string | null): Outcomes {
  const remaining = numbers.flatMap((number) => users.map((user) => ({ user, number })));
  return { blocked: [], standing: [], refused: [], unknown: [], remaining, problem };
}

function merged(parts: readonly Outcomes[]): Outcomes {
  return {
    blocked: parts.flatMap(({ blocked }) => blocked),
    standing: parts.flatMap(({ standing }) => standing),
    refused: parts.flatMap(({ refused }) => refused),
    unknown: parts.flatMap(({ unknown }) => unknown),
    remaining: parts.flatMap(({ remaining }) => remaining),
    problem: parts.find(({ problem }) => problem !== null)?.problem ?? null,
  };
}

function outcomesOf(outcome: AmbiguousOutcome, { numbers }: Call, problem: string): Outcomes {
  // Of what ended before it reached a number, nobody was tried on any.
  const open = (users: readonly UnfinishedUser[]) =>
    users.flatMap(({ user, number }) =>
      (number === null ? numbers : [number]).map((at) => ({ user, number: at })),
    );
  return {
    blocked: outcome.changed as readonly UserAtNumber[],
    standing: outcome.standing as readonly UserAtNumber[],
    refused: outcome.refused as readonly RefusedUser[],
    unknown: open(outcome.unknown),
    remaining: open(outcome.remaining),
    problem,
  };
}

function settledIn({ blocked, standing, refused }: Outcomes): number {
  return blocked.length + standing.length + refused.length;
}
