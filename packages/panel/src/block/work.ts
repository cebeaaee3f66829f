import {
  AmbiguousOutcome,
  type BulkBlockRequest,
  type BulkOptions,
  type Refusal,
  type UnfinishedUser,
  type User,
  type UserAtNumber,
} from '@blockhouse/client';
import { blockhouse, wordsOf } from '../api/server.ts';
import { newName } from '../ui/new-name.ts';

/** A user on one number of whom nothing is settled. */
export interface OpenUser {
  readonly user: User;
  readonly number: string;
}

export type RefusedUser = Refusal & { readonly number: string };

/** What is known of a call: each user is in exactly one of the lists, once for each number. */
export interface Known {
  readonly blocked: readonly UserAtNumber[];
  readonly standing: readonly UserAtNumber[];
  readonly refused: readonly RefusedUser[];
  readonly unknown: readonly OpenUser[];
  readonly remaining: readonly OpenUser[];
  /** Why it was interrupted; null: it is done. */
  readonly problem: string | null;
}

/** What is asked of which users on which numbers, all of them named. */
export type WorkRequest = BulkBlockRequest & { readonly numbers: readonly string[] };

type Progress = NonNullable<BulkOptions['onProgress']>;

const calls = {
  block: (request: WorkRequest, options: BulkOptions) => blockhouse.block(request, options),
  placeStanding: ({ whenClosed: _, ...request }: WorkRequest, options: BulkOptions) =>
    blockhouse.placeStanding(request, options),
};

/** A bulk call that can be gone on with: asked again under its name, the server answers what it has done, and does what is left. */
export class BulkWork {
  readonly request: WorkRequest;
  readonly #call: keyof typeof calls;
  readonly #name = newName();
  /** What an earlier attempt has made known: one that comes to nothing makes nobody forget it. */
  #known: Known | null = null;

  constructor(call: keyof typeof calls, request: WorkRequest) {
    this.#call = call;
    this.request = request;
  }

  /** Works, or goes on. @throws what went wrong before anything was known. */
  async run(onProgress?: Progress): Promise<Known> {
    const options = { idempotencyKey: this.#name, ...(onProgress && { onProgress }) };
    try {
      const { changed, standing, refused } = await calls[this.#call](this.request, options);
      this.#known = { blocked: changed, standing, refused, unknown: [], remaining: [], problem: null };
    } catch (error) {
      this.#known = this.#after(error);
    }
    return this.#known;
  }

  #after(error: unknown): Known {
    const before = this.#known;
    if (!(error instanceof AmbiguousOutcome)) {
      if (before === null) throw error;
      return { ...before, problem: wordsOf(error) };
    }
    const problem = wordsOf(error.cause ?? error);
    const known = knownOf(error, this.request, problem);
    return before !== null && settledIn(known) < settledIn(before) ? { ...before, problem } : known;
  }
}

/** Standing blocks for users who could not be blocked: number by number, since a user who is blocked on one of them is not awaited there. */
export class StandingWork {
  readonly #parts: readonly BulkWork[];

  constructor(request: WorkRequest, refused: readonly RefusedUser[]) {
    this.#parts = [...Map.groupBy(refused, ({ number }) => number)].map(
      ([number, there]) =>
        new BulkWork('placeStanding', {
          ...request,
          users: there.map(({ user }) => user),
          numbers: [number],
        }),
    );
  }

  /** Works, or goes on. What fails on one number ends the work; what was placed before is in the result. */
  async run(): Promise<Known> {
    const parts: Known[] = [];
    for (const part of this.#parts) {
      const isInterrupted = parts.some(({ problem }) => problem !== null);
      parts.push(isInterrupted ? untried(part.request, null) : await attempt(part));
    }
    const all = <Row>(rowsOf: (known: Known) => readonly Row[]) => parts.flatMap(rowsOf);
    return {
      blocked: all(({ blocked }) => blocked),
      standing: all(({ standing }) => standing),
      refused: all(({ refused }) => refused),
      unknown: all(({ unknown }) => unknown),
      remaining: all(({ remaining }) => remaining),
      problem: parts.find(({ problem }) => problem !== null)?.problem ?? null,
    };
  }
}

async function attempt(part: BulkWork): Promise<Known> {
  try {
    return await part.run();
  } catch (error) {
    return untried(part.request, wordsOf(error));
  }
}

/** Nobody was tried, as where the server has refused the call as a whole. */
function untried({ users, numbers }: WorkRequest, problem: string | null): Known {
  const remaining = numbers.flatMap((number) => users.map((user) => ({ user, number })));
  return { blocked: [], standing: [], refused: [], unknown: [], remaining, problem };
}

function knownOf(outcome: AmbiguousOutcome, { numbers }: WorkRequest, problem: string): Known {
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

function settledIn({ blocked, standing, refused }: Known): number {
  return blocked.length + standing.length + refused.length;
}
