import { AmbiguousOutcome, type UnfinishedUser, unfinished } from './ambiguous.ts';
import type { ChangedUser, Refusal } from './results.ts';
import { inputOf, type User } from './user.ts';
import type { RefusalName } from './wire/index.ts';

/** Any count of users on some numbers of a Blockhouse server, or on all. */
export interface BulkRequest {
  readonly users: readonly User[];
  /** `phone_number_id`s; all that the key opens when left out. */
  readonly numbers?: readonly string[];
  /** Why, for whoever looks at it later; left out: a block that is there keeps its note; null: erases it. */
  readonly note?: string | null;
}

/** A standing block, or a block. */
export interface TimedRequest extends BulkRequest {
  /** When it ends by itself, ISO 8601; left out: a block that is there keeps its end; null: it never ends by itself. */
  readonly until?: string | null;
}

export interface BulkBlockRequest extends TimedRequest {
  /** The treatment of users who did not write within 24 hours: `refuse` (the default), or a standing block. */
  readonly whenClosed?: 'refuse' | 'standing';
}

/** How a bulk call is made. */
export interface BulkOptions {
  /** Ends the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Names the call: repeated under the same name, it returns the same answer, or continues where it stopped. */
  readonly idempotencyKey?: string;
  /** Is called as results come. An exception that it throws ends the call and rejects it. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /**
   * Is given what is known about each user when the call fails, right before it rejects. This is the way to the known
   * results where the call rejects with something of yours: the reason of `signal`, or an exception of `onProgress`.
   */
  readonly onUnfinished?: (known: AmbiguousOutcome) => void;
}

/** A user on a number. */
export interface UserAtNumber extends ChangedUser {
  readonly number: string;
}

/** Everybody is in exactly one of the lists, once for each number. */
export interface BulkResult {
  /** How the call can be asked for again. */
  readonly run: string;
  /** Blocked or unblocked, whichever was asked for. */
  readonly changed: readonly UserAtNumber[];
  /** Standing blocks: placed, or withdrawn when that was asked for. */
  readonly standing: readonly UserAtNumber[];
  readonly refused: readonly (Refusal & { readonly number: string })[];
}

/** A line of a streamed answer. */
export type BulkLine =
  | {
      readonly type: 'results';
      readonly done: number;
      readonly total: number;
      readonly results: readonly BulkRow[];
    }
  | {
      readonly type: 'end';
      readonly run: { readonly id: string; readonly state: string };
      readonly error?: unknown;
    };

/** The outcome of one user on one number. */
export interface BulkRow {
  readonly number: string;
  readonly user: string;
  readonly outcome: string;
  readonly wa_id?: string;
  readonly user_id?: string;
  readonly code?: number;
  readonly reason?: RefusalName;
  readonly message?: string;
  readonly details?: string;
  readonly explanation?: string;
}

/** The request: the users on each of the numbers, under a name. */
export interface BulkCall {
  readonly users: readonly User[];
  readonly numbers: readonly string[];
  /** The idempotency key. */
  readonly run: string;
}

/** Sorts rows into the lists of a result, or of what is known where some users are unknown or were not tried. */
export function bulkResultOf(
  { users, run }: BulkCall,
  rows: readonly BulkRow[],
  cause: unknown,
): BulkResult | AmbiguousOutcome {
  const { unknown, remaining, ...known } = sorted(users, rows);
  if (unknown.length + remaining.length === 0 && cause === undefined) return { run, ...known };
  return new AmbiguousOutcome({ ...known, unknown, remaining, run }, cause);
}

function sorted(users: readonly User[], rows: readonly BulkRow[]) {
  const named = new Map(users.map((user) => [inputOf(user), user]));
  const userOf = (row: BulkRow): User => named.get(row.user) ?? row.user;
  const at = (row: BulkRow): UserAtNumber => ({
    number: row.number,
    user: userOf(row),
    waId: row.wa_id ?? null,
    userId: row.user_id ?? null,
  });
  const open = (row: BulkRow): UnfinishedUser => {
    const { number, code = null, message = null, details = null } = row;
    return { user: userOf(row), number, code, message, details };
  };
  const having = (...outcomes: readonly string[]) => rows.filter(({ outcome }) => outcomes.includes(outcome));
  return {
    changed: having('blocked', 'unblocked').map(at),
    standing: having('standing', 'withdrawn').map(at),
    refused: having('refused').map((row) => ({ ...at(row), ...refusalOf(row) })),
    unknown: having('unknown').map(open),
    remaining: having('not_tried').map(open),
  };
}

/** A server works through so many users in one request, and stops after them if nobody reads. */
const chunkMax = 1000;

/**
 * The known state of a call whose answer was cut off. On each number, the first thousand missing users may have been
 * worked on, and those behind them were not. Where no request may have been applied, nobody was.
 */
export function brokenOff(
  { users, numbers, run }: BulkCall,
  rows: readonly BulkRow[],
  { cause, mayBeApplied }: { readonly cause: unknown; readonly mayBeApplied: boolean },
): AmbiguousOutcome {
  const { unknown, remaining, ...known } = sorted(users, rows);
  const triedMax = mayBeApplied ? chunkMax : 0;
  const lefts = numbers.map((number) => {
    const told = new Map<string, number>();
    for (const row of rows) if (row.number === number) told.set(row.user, (told.get(row.user) ?? 0) + 1);
    const missing = users.filter((user) => {
      const times = told.get(inputOf(user)) ?? 0;
      told.set(inputOf(user), times - 1);
      return times <= 0;
    });
    return missing.map((user) => unfinished(user, number));
  });
  return new AmbiguousOutcome(
    {
      ...known,
      unknown: [...unknown, ...lefts.flatMap((left) => left.slice(0, triedMax))],
      remaining: [...remaining, ...lefts.flatMap((left) => left.slice(triedMax))],
      run,
    },
    cause,
  );
}

function refusalOf(row: BulkRow): Omit<Refusal, keyof ChangedUser> {
  const { code = 0, reason = 'other', message = '', details = '', explanation = '' } = row;
  return { code, reason, message, details, explanation };
}

/** Reads a streamed answer as it comes. */
export class BulkLines {
  readonly rows: BulkRow[] = [];
  /** The last line; null: it has not come, or a line before it was no line of such an answer. */
  end: Extract<BulkLine, { type: 'end' }> | null = null;
  #rest = '';
  #isReadable = true;
  readonly #onProgress: BulkOptions['onProgress'];

  constructor(onProgress?: BulkOptions['onProgress']) {
    this.#onProgress = onProgress;
  }

  take(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '' && this.#isReadable) this.#read(line);
    }
  }

  #read(text: string): void {
    const line = readLine(text);
    if (line === null) this.#isReadable = false;
    else if (line.type === 'end') this.end = line;
    else if (line.type === 'results') {
      this.rows.push(...line.results);
      this.#onProgress?.({ done: line.done, total: line.total });
    }
  }
}

/** A line of an answer; null: it is none. */
function readLine(text: string): BulkLine | null {
  try {
    const line = JSON.parse(text) as BulkLine;
    const isWhole = line.type !== 'results' || Array.isArray(line.results);
    return isWhole ? line : null;
  } catch {
    return null;
  }
}
