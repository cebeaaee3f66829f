import type { WaId } from './phone.ts';

/** The kind of a user's name: one of Meta's, or the spelling of a phone that leads to the user (`input`). */
export type NameKind = 'wa_id' | 'user_id' | 'username' | 'input';

/** One name of one user. A former `wa_id` or ID still leads to its user, until another user gets it; a former input does not. */
export interface UserName {
  /** Digits of a phone, a business-scoped user ID, or a username in lower case behind `@`. */
  readonly name: string;
  readonly kind: NameKind;
  /** The key of everything that is stored about the user: their `wa_id`, or a placeholder while only an ID is known. */
  readonly user: WaId;
  /** When the name became theirs. */
  readonly sinceMs: number;
  /** When it stopped being their name; null: it is in use. */
  readonly untilMs: number | null;
}

/** Everything that is stored about a user moves to another key, on every number of the directory. */
export interface UserMove {
  readonly from: WaId;
  readonly to: WaId;
  readonly atMs: number;
}

/** The rows that a change of the directory writes. */
export interface DirectoryChange {
  readonly put: readonly UserName[];
  /** In this order, after the names. */
  readonly moves: readonly UserMove[];
}

/** The users of a directory that are looked for. */
export interface NamesWanted {
  readonly names?: readonly string[];
  readonly users?: readonly WaId[];
}

/** How the directory gets from one name to another. */
export interface Naming {
  /** The spellings of a phone that mean one account, the given one among them. */
  readonly variantsOf: (phone: WaId) => readonly WaId[];
  /** The key of a user who is only known by an ID. */
  readonly placeholderOf: (userId: string) => WaId;
}

/** A username as a name of the directory. */
export function usernameOf(text: string): string {
  return `@${text.trim().replace(/^@/, '').toLowerCase()}`;
}

/** A former `wa_id`, ID or username still leads to its user; a former input does not. */
export function leadsToUser({ kind, untilMs }: UserName): boolean {
  return kind !== 'input' || untilMs === null;
}
