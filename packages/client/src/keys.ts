/** The permissions of a key: `app` Meta's dialect, `agent` the panel's work as well, `admin` everything. */
export type Role = 'admin' | 'agent' | 'app';

/** A key, without its token. */
export interface KeyInfo {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** `phone_number_id`s, or `["*"]`. */
  readonly numbers: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
  readonly expiresAt: string | null;
}

export interface NewKey {
  readonly name: string;
  readonly role: Role;
  /** `["*"]`: all. */
  readonly numbers: readonly string[];
  /** ISO 8601; left out: never. */
  readonly expiresAt?: string;
}
