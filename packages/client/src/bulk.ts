import { AmbiguousOutcome, type ChangedUser, type Refusal } from './results.ts';
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
  /** What becomes of users who did not write within 24 hours: `refuse` (the default), or a standing block. */
  readonly whenClosed?: 'refuse' | 'standing';
}

/** How a bulk call is made. */
export interface BulkOptions {
  readonly signal?: AbortSignal;
  /** Names the call: asked again under the same name, it gives the same answer, or goes on where it stopped. */
  readonly idempotencyKey?: string;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
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

/** What became of one user on one number. */
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

/** Sorts rows into the lists of a result. @throws AmbiguousOutcome when some of them are unknown or were not tried. */
export function bulkResultOf(
  users: readonly User[],
  rows: readonly BulkRow[],
  end: { readonly run: string; readonly cause: unknown },
): BulkResult {
  const { unknown, remaining, ...known } = sorted(users, rows);
  if (unknown.length + remaining.length === 0 && end.cause === null) return { run: end.run, ...known };
  throw new AmbiguousOutcome({ ...known, unknown, remaining }, end.cause ?? undefined);
}

function sorted(users: readonly User[], rows: readonly BulkRow[]) {
  const named = new Map(users.map((user) => [inputOf(user), user]));
  const at = (row: BulkRow): UserAtNumber => ({
    number: row.number,
    user: named.get(row.user) ?? row.user,
    waId: row.wa_id ?? null,
    userId: row.user_id ?? null,
  });
  const having = (...outcomes: readonly string[]) => rows.filter(({ outcome }) => outcomes.includes(outcome));
  return {
    changed: having('blocked', 'unblocked').map(at),
    standing: having('standing', 'withdrawn').map(at),
    refused: having('refused').map((row) => ({ ...at(row), ...refusalOf(row) })),
    unknown: having('unknown').map((row) => at(row).user),
    remaining: having('not_tried').map((row) => at(row).user),
  };
}

/** A server works through so many at once, and stops behind them when nobody listens. */
const chunkMax = 1000;

/**
 * What is known of a call whose answer broke off: of each number, the first thousand of those that are missing may have been
 * worked on, and those behind them were not.
 */
export function brokenOff(
  users: readonly User[],
  numbers: readonly string[],
  rows: readonly BulkRow[],
  cause: unknown,
): AmbiguousOutcome {
  const { unknown, remaining, ...known } = sorted(users, rows);
  const lefts = numbers.map((number) => {
    const told = new Map<string, number>();
    for (const row of rows) if (row.number === number) told.set(row.user, (told.get(row.user) ?? 0) + 1);
    return users.filter((user) => {
      const times = told.get(inputOf(user)) ?? 0;
      told.set(inputOf(user), times - 1);
      return times <= 0;
    });
  });
  return new AmbiguousOutcome(
    {
      ...known,
      unknown: [...unknown, ...lefts.flatMap((left) => left.slice(0, chunkMax))],
      remaining: [...remaining, ...lefts.flatMap((left) => left.slice(chunkMax))],
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
  /** The last line; null: it has not come. */
  end: Extract<BulkLine, { type: 'end' }> | null = null;
  #rest = '';
  readonly #onProgress: BulkOptions['onProgress'];

  constructor(onProgress?: BulkOptions['onProgress']) {
    this.#onProgress = onProgress;
  }

  take(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') this.#read(JSON.parse(line) as BulkLine);
    }
  }

  #read(line: BulkLine): void {
    if (line.type === 'end') this.end = line;
    if (line.type !== 'results') return;
    this.rows.push(...line.results);
    this.#onProgress?.({ done: line.done, total: line.total });
  }
}
