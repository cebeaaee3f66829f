import {
  AmbiguousOutcome,
  type ChangedUser,
  isAmbiguous,
  type Refusal,
  type UnfinishedUser,
  type User,
} from '@blockhouse/client';
import { explainProblem, type ProblemRow } from '@blockhouse/user-lists';

/** The outcomes of the users of a command: each user is in exactly one of the lists. */
export interface Report {
  readonly changed: readonly ChangedUser[];
  /** Standing blocks: these users are blocked when they next write, or no longer. */
  readonly standing: readonly ChangedUser[];
  readonly refused: readonly Refusal[];
  /** Perhaps changed, perhaps not: their request failed without an answer. */
  readonly unknown: readonly UnfinishedUser[];
  /** Certainly not changed. */
  readonly remaining: readonly UnfinishedUser[];
  /** Why the work ended before its end, or null. */
  readonly cause: unknown;
}

/** The known outcomes of a call that has failed; a programming mistake is thrown on. */
export function reportOfFailure(users: readonly User[], error: unknown): Report {
  if (error instanceof AmbiguousOutcome) {
    const said = new Error(error.explanation ?? 'the response did not contain some users');
    return { ...lists(error), cause: error.cause ?? said };
  }
  const nobody = { changed: [], standing: [], refused: [], unknown: [], remaining: [], cause: error };
  const left = openUsers(users);
  return isAmbiguous(error) ? { ...nobody, unknown: left } : { ...nobody, remaining: left };
}

/** Users without a known outcome. */
export function openUsers(users: readonly User[]): readonly UnfinishedUser[] {
  return users.map((user) => ({ user, number: null, code: null, message: null, details: null }));
}

function lists({ changed, standing, refused, unknown, remaining }: AmbiguousOutcome) {
  return { changed, standing, refused, unknown, remaining };
}

/** A user who was not done, and why. */
export interface NotDone {
  /** Null where there is but one number, or none was asked. */
  readonly number: string | null;
  readonly user: string;
  readonly outcome: 'refused' | 'unknown' | 'not_tried' | 'not_understood';
  readonly code: number | null;
  readonly reason: string;
  readonly explanation: string;
}

/** The users of a report who were not done, with the rows of the list that were not understood. */
export function notDone(
  { refused, unknown, remaining }: Report,
  rows: readonly ProblemRow[],
): readonly NotDone[] {
  const because = (outcome: 'unknown' | 'not_tried', explanation: string) => (left: UnfinishedUser) => {
    const { user, number, code, message, details } = left;
    const said = [message, details].filter(Boolean).join(': ');
    const why = said === '' ? explanation : `${explanation} The server said: ${said}`;
    return { number, user: nameOf(user), outcome, code, reason: outcome, explanation: why } as const;
  };
  return [
    ...refused.map((refusal) => {
      const { user, code, reason, explanation } = refusal;
      const number = numberOf(refusal);
      return { number, user: nameOf(user), outcome: 'refused', code, reason, explanation } as const;
    }),
    ...unknown.map(because('unknown', 'The request failed without an answer. You can safely repeat it.')),
    ...remaining.map(because('not_tried', 'The user was not changed.')),
    ...rows.map(({ line, text, problem }) => {
      const explanation = `Line ${line}: ${explainProblem(problem)}`;
      const row = { number: null, user: text, code: null, reason: problem.code, explanation };
      return { ...row, outcome: 'not_understood' } as const;
    }),
  ];
}

/** The number of a user, where the call was about several. */
export function numberOf(user: ChangedUser): string | null {
  return 'number' in user && typeof user.number === 'string' ? user.number : null;
}

/** A user as a report names them. */
export function nameOf(user: User): string {
  if (typeof user === 'string') return user;
  return 'phone' in user ? user.phone : user.userId;
}
