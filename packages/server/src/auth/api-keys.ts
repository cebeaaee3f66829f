import { hash, randomBytes } from 'node:crypto';
import type { Clock, KeyRecord, Store } from '@blockhouse/engine';
import { isSameText } from '../shared/constant-time.ts';

/**
 * Tokens of a sandbox and of a production server have different prefixes. Each server refuses the tokens of
 * the other mode.
 */
export type KeyMode = 'test' | 'live';

/** A new token with 256 random bits. It is shown once and never stored. */
export function newToken(mode: KeyMode): string {
  return `pk_${mode}_${randomBytes(32).toString('base64url')}`;
}

/** A new ID of a key, which is safe to show and to log. */
export function newKeyId(): string {
  return `key_${randomBytes(9).toString('base64url')}`;
}

/**
 * The hash that a token is stored and looked up by: SHA-256 in hexadecimal. Tokens are random, so they need
 * no salt.
 */
export function hashToken(token: string): string {
  return hash('sha256', token, 'hex');
}

/** The result of the check of a token. */
export type KeyCheck =
  | { readonly state: 'valid'; readonly key: KeyRecord }
  | { readonly state: 'unknown' }
  | { readonly state: 'expired'; readonly expiredAtMs: number };

/** Finds the key that a token belongs to. */
export class KeyRing {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #foreignPrefix: string;
  readonly #admin: KeyRecord | null;

  /**
   * @param options.adminToken the token of an admin key from the configuration. It may have any form and is
   * never stored.
   */
  constructor(options: { store: Store; clock: Clock; mode: KeyMode; adminToken: string | null }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#foreignPrefix = options.mode === 'test' ? 'pk_live_' : 'pk_test_';
    this.#admin = options.adminToken === null ? null : configuredKey(options.adminToken);
  }

  async check(token: string): Promise<KeyCheck> {
    const tokenHash = hashToken(token);
    const isAdmin = this.#admin !== null && isSameText(this.#admin.hash, tokenHash);
    if (!isAdmin && token.startsWith(this.#foreignPrefix)) return { state: 'unknown' };
    return await this.checkHash(tokenHash);
  }

  /** The same for the hash of a token. */
  async checkHash(tokenHash: string): Promise<KeyCheck> {
    if (this.#admin !== null && isSameText(this.#admin.hash, tokenHash)) {
      return { state: 'valid', key: this.#admin };
    }
    // The lookup uses the hash of a random token, so its duration reveals nothing about any token.
    return this.#checkStored(await this.#store.keyByHash(tokenHash));
  }

  /** The same for the ID of a key. */
  async checkId(id: string): Promise<KeyCheck> {
    if (id === this.#admin?.id) return { state: 'valid', key: this.#admin };
    return this.#checkStored((await this.#store.keys()).find((key) => key.id === id) ?? null);
  }

  #checkStored(key: KeyRecord | null): KeyCheck {
    if (key === null) return { state: 'unknown' };
    if (key.expiresAtMs !== null && key.expiresAtMs <= this.#clock()) {
      return { state: 'expired', expiredAtMs: key.expiresAtMs };
    }
    return { state: 'valid', key };
  }
}

/** Whether a key has access to a number. */
export function opens(key: KeyRecord, numberId: string): boolean {
  return key.numbers === '*' || key.numbers.includes(numberId);
}

function configuredKey(token: string): KeyRecord {
  return {
    id: 'key_bootstrap',
    hash: hashToken(token),
    name: 'BLOCKHOUSE_ADMIN_KEY',
    role: 'admin',
    numbers: '*',
    createdAtMs: 0,
    expiresAtMs: null,
  };
}
