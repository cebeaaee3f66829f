import { type RequestOptions, withoutRetries } from '../transport/options.ts';
import type { Api } from './api.ts';
import { hasTexts } from './responses.ts';

/** The permissions of a key: `app` for Meta's API, `agent` also for the panel, `admin` for everything. */
export type Role = 'admin' | 'agent' | 'app';

/** A key, without its token. */
export interface KeyInfo {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** The `phone_number_id`s that the key opens; `["*"]` means all. */
  readonly numbers: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601; null if the key does not expire. */
  readonly expiresAt: string | null;
}

/** The settings of a key to be created. */
export interface NewKey {
  readonly name: string;
  readonly role: Role;
  /** The `phone_number_id`s that the key opens; `["*"]` means all. */
  readonly numbers: readonly string[];
  /** ISO 8601. A key without it does not expire. */
  readonly expiresAt?: string;
}

/** The access tokens of the server. These calls need a key with the role `admin`. */
export class Keys {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Gets all keys, without their tokens. */
  list(options: RequestOptions = {}): Promise<readonly KeyInfo[]> {
    return this.#api.list('/blockhouse/v1/keys', {}, options);
  }

  /**
   * Creates a key. This is the only response that contains the token (`key`). The call is not retried,
   * because a retry could create a second key.
   */
  async create(key: NewKey, options: RequestOptions = {}): Promise<KeyInfo & { readonly key: string }> {
    const call = { method: 'POST', path: '/blockhouse/v1/keys', body: key } as const;
    const created = await this.#api.request(call, withoutRetries(options), hasTexts('id', 'key'));
    return created as KeyInfo & { key: string };
  }

  /** Revokes a key immediately. @throws NotFoundError when there is no key with this ID. */
  async revoke(id: string, options: RequestOptions = {}): Promise<void> {
    await this.#api.delete(`/blockhouse/v1/keys/${encodeURIComponent(id)}`, options);
  }
}
