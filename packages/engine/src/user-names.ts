import type { WaId } from './phone.ts';

/** What a name of a user is: what Meta calls them, or the spelling of a phone that leads to them (`input`). */
export type NameKind = 'wa_id' | 'user_id' | 'username' | 'input';

/**
 * One name of one user. A former `wa_id` or ID still leads to its user, until somebody else gets it; a former input does
 * not.
 */
export interface UserName {
  /** Digits of a phone, a business-scoped user ID, or a username in lower case behind `@`. */
  readonly name: string;
  readonly kind: NameKind;
  /** The key under which everything about the user is kept: their `wa_id`, or a placeholder while only an ID is known. */
  readonly user: WaId;
  /** When the name became theirs. */
  readonly sinceMs: number;
  /** When it stopped being their name; null: it is in use. */
  readonly untilMs: number | null;
}

/** Everything that is kept about a user moves to another key, on every number of the directory. */
export interface UserMove {
  readonly from: WaId;
  readonly to: WaId;
  readonly atMs: number;
}

/** What a change of the directory writes. */
export interface DirectoryChange {
  readonly put: readonly UserName[];
  /** In this order, after the names. */
  readonly moves: readonly UserMove[];
}

/** Which users of a directory are looked for. */
export interface NamesWanted {
  readonly names?: readonly string[];
  readonly users?: readonly WaId[];
}
