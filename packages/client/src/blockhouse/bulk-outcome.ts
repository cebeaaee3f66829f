import { AmbiguousOutcome, type UnfinishedUser, unfinished } from '../ambiguous.ts';
import type { ChangedUser, Refusal } from '../outcomes.ts';
import { inputOf, type User } from '../user.ts';
import type { BulkResult, UserAtNumber } from './bulk.ts';
import type { BulkRow } from './bulk-response.ts';

/** A bulk call: its users on each of its numbers, and its idempotency key. */
export interface BulkCall {
  readonly users: readonly User[];
  readonly numbers: readonly string[];
  readonly run: string;
}

/**
 * The outcome of a call whose response is complete.
 * @param cause why the server ended the work early, if it did.
 */
export function outcomeOf(
  { users, run }: BulkCall,
  rows: readonly BulkRow[],
  cause: unknown,
): BulkResult | AmbiguousOutcome {
  const { unknown, remaining, ...known } = sorted(users, rows);
  if (unknown.length + remaining.length === 0 && cause === undefined) return { run, ...known };
  return new AmbiguousOutcome({ ...known, unknown, remaining, run }, cause);
}

/**
 * The server works on up to this number of users of a number at the same time, and stops after them if the
 * client is gone.
 */
const chunkMax = 1000;

/**
 * The known outcome of a call whose response was cut off. On each number, the first thousand users without a
 * result may have been changed, and the users after them were not. If no request may have been applied,
 * nobody was changed.
 */
export function interruptedOutcomeOf(
  { users, numbers, run }: BulkCall,
  rows: readonly BulkRow[],
  { cause, mayBeApplied }: { readonly cause: unknown; readonly mayBeApplied: boolean },
): AmbiguousOutcome {
  const { unknown, remaining, ...known } = sorted(users, rows);
  const unknownMax = mayBeApplied ? chunkMax : 0;
  const missing = numbers.map((number) => withoutResult(users, number, rows));
  return new AmbiguousOutcome(
    {
      ...known,
      unknown: [...unknown, ...missing.flatMap((some) => some.slice(0, unknownMax))],
      remaining: [...remaining, ...missing.flatMap((some) => some.slice(unknownMax))],
      run,
    },
    cause,
  );
}

/** The users of a number without a row. A user who is named twice needs two rows. */
function withoutResult(
  users: readonly User[],
  number: string,
  rows: readonly BulkRow[],
): readonly UnfinishedUser[] {
  const counts = new Map<string, number>();
  for (const row of rows) if (row.number === number) counts.set(row.user, (counts.get(row.user) ?? 0) + 1);
  const missing = users.filter((user) => {
    const count = counts.get(inputOf(user)) ?? 0;
    counts.set(inputOf(user), count - 1);
    return count <= 0;
  });
  return missing.map((user) => unfinished(user, number));
}

/** Sorts rows into the lists of a result. */
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

function refusalOf(row: BulkRow): Omit<Refusal, keyof ChangedUser> {
  const { code = 0, reason = 'other', message = '', details = '', explanation = '' } = row;
  return { code, reason, message, details, explanation };
}
