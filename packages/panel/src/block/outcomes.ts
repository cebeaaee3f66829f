import type { User } from '@blockhouse/client';
import { refusalWords } from '../api/changes.ts';
import { textOf } from './user-text.ts';
import type { Outcomes } from './work.ts';

/** The outcome of a user on one number. */
export type Outcome = 'blocked' | 'standing' | 'refused' | 'unknown' | 'remaining';

/** Numbers on which a user has the same outcome. */
export interface Place {
  readonly outcome: Outcome;
  /** Why a user was refused. */
  readonly why: string | null;
  /** Whether a standing block is the next step. */
  readonly isClosed: boolean;
  readonly numbers: readonly string[];
}

/** The outcomes of a user on all numbers: one row, wherever and however often they were worked on. */
export interface UserResult {
  readonly user: User;
  readonly places: readonly Place[];
}

/** How a user's result is summed up; `partly`: blocked on some numbers, refused on others. */
export type Summary = Outcome | 'partly';

/** Gathers what is known by user, in the order in which the lists name them. */
export function byUser(known: Outcomes): readonly UserResult[] {
  const results = new Map<string, { user: User; places: Map<string, Place & { numbers: string[] }> }>();
  const add = (user: User, number: string, outcome: Outcome, why: string | null = null, isClosed = false) => {
    const key = textOf(user);
    const result = results.get(key) ?? { user, places: new Map() };
    results.set(key, result);
    const same = `${outcome} ${why ?? ''}`;
    const place = result.places.get(same) ?? { outcome, why, isClosed, numbers: [] };
    result.places.set(same, place);
    if (!place.numbers.includes(number)) place.numbers.push(number);
  };
  for (const { user, number } of known.blocked) add(user, number, 'blocked');
  for (const { user, number } of known.standing) add(user, number, 'standing');
  for (const refusal of known.refused)
    add(refusal.user, refusal.number, 'refused', refusalWords(refusal), refusal.reason === 'window_closed');
  for (const { user, number } of known.unknown) add(user, number, 'unknown');
  for (const { user, number } of known.remaining) add(user, number, 'remaining');
  return [...results.values()].map(({ user, places }) => ({ user, places: [...places.values()] }));
}

/** Nobody counts as blocked who is not blocked everywhere, and nobody as refused who is blocked somewhere. */
export function summaryOf({ places }: UserResult): Summary {
  const has = (outcome: Outcome) => places.some((place) => place.outcome === outcome);
  if (has('unknown')) return 'unknown';
  if (has('remaining')) return 'remaining';
  if (has('refused')) return has('blocked') || has('standing') ? 'partly' : 'refused';
  return has('standing') ? 'standing' : 'blocked';
}
