/** A session of the panel as it is stored: never its token. */
export interface SessionRecord {
  /** SHA-256 of the session's token, hexadecimal. */
  readonly tokenHash: string;
  /** SHA-256 of the token of the key that the session belongs to, hexadecimal. */
  readonly keyHash: string;
  /** The name of the person; null: not stated. */
  readonly person: string | null;
  /** The only number of an embedded panel; null: the numbers of the key. */
  readonly numberId: string | null;
  readonly expiresAtMs: number;
}

/** Sessions of the panel. The store does not read a clock: whoever reads a session checks its expiry. */
export interface SessionStore {
  /** Adds a session, and removes some that have expired by then. */
  add(session: SessionRecord, nowMs: number): Promise<void>;
  find(tokenHash: string): Promise<SessionRecord | null>;
  remove(tokenHash: string): Promise<void>;
}
