import type { Blockhouse } from '../blockhouse/blockhouse.ts';
import { BlockhouseError, NotFoundError, PermissionError, UnexpectedResponseError } from '../errors.ts';
import type { RequestOptions } from '../transport/options.ts';
import type { User } from '../user.ts';
import type { Blocklist } from './blocklist.ts';
import { readAll } from './listing.ts';
import { type BlockedState, Membership } from './membership.ts';

/** Up to this number of users, the server is asked about each one before the list is read. */
const lookupsMax = 100;

/** The number of lookups at the same time. */
const concurrentLookups = 4;

/**
 * The platform that enforces the number's blocklist; null if the server cannot be asked about single users.
 */
type LookupPlatform = 'local' | 'cloud' | null;

/**
 * Finds out whether users are blocked: by asking a Blockhouse server about each user, or by reading the list.
 */
export class BlockedCheck {
  readonly #blocklist: Blocklist;
  readonly #blockhouse: Blockhouse;
  #platform: LookupPlatform | undefined;

  constructor(blocklist: Blocklist, blockhouse: Blockhouse) {
    this.#blocklist = blocklist;
    this.#blockhouse = blockhouse;
  }

  /** The states of the users, in their order. */
  async statesOf(users: readonly User[], options: RequestOptions): Promise<readonly BlockedState[]> {
    if (users.length === 0) return [];
    const platform = await this.#platformOf(options);
    const byList = (some: readonly User[]) => this.#findInList(some, options);
    const byLookup = (some: readonly User[]) => this.#lookUp(some, platform, options);
    // A few lookups cost less than a whole list, unless the server has to read the list from Meta for each
    // lookup.
    const isLookupCheaper = platform === 'local' && users.length <= lookupsMax;
    const [first, second] = isLookupCheaper ? [byLookup, byList] : [byList, byLookup];
    const states = await first(users);
    const open = users.filter((_, index) => states[index] === 'unknown');
    if (open.length === 0) return states;
    const rest = (await second(open)).values();
    return states.map((state) => (state === 'unknown' ? (rest.next().value ?? state) : state));
  }

  async #findInList(users: readonly User[], options: RequestOptions): Promise<readonly BlockedState[]> {
    const membership = new Membership(users);
    for await (const row of readAll(this.#blocklist, { ...options, onConflict: 'restart' })) {
      if (membership.see(row)) break;
    }
    return membership.states();
  }

  /** The server's answer about each user; `unknown` if the server cannot be asked. */
  async #lookUp(
    users: readonly User[],
    platform: LookupPlatform,
    options: RequestOptions,
  ): Promise<readonly BlockedState[]> {
    const states: BlockedState[] = users.map(() => 'unknown');
    if (platform === null) return states;
    const queue = users.entries();
    const work = async () => {
      for (const [index, user] of queue) states[index] = await this.#lookUpOne(user, platform, options);
    };
    try {
      await Promise.all(Array.from({ length: concurrentLookups }, work));
    } finally {
      // After a failure, the other workers find the queue empty.
      for (const _ of queue);
    }
    return states;
  }

  async #lookUpOne(user: User, platform: 'local' | 'cloud', options: RequestOptions): Promise<BlockedState> {
    try {
      const { numbers } = await this.#blockhouse.users.diagnose(user, options);
      const found = numbers.find(({ number }) => number === this.#blocklist.phoneNumberId);
      if (found === undefined) return 'unknown';
      // At Meta, the server did not find the user on the list. That proves no more than reading the list
      // here.
      return found.blocked !== null || (platform === 'local' ? false : 'unknown');
    } catch (error) {
      // The server does not accept this text as a user.
      if (error instanceof BlockhouseError && error.code === 100) return 'unknown';
      throw error;
    }
  }

  async #platformOf(options: RequestOptions): Promise<LookupPlatform> {
    if (this.#platform !== undefined) return this.#platform;
    const { transport, phoneNumberId } = this.#blocklist;
    const isMeta = new URL(transport.baseUrl).hostname === 'graph.facebook.com';
    try {
      const numbers = isMeta ? [] : await this.#blockhouse.numbers.list(options);
      this.#platform = numbers.find(({ id }) => id === phoneNumberId)?.platform ?? null;
    } catch (error) {
      // The server is not a Blockhouse server, or the key may only read the list.
      const isRefused =
        error instanceof NotFoundError ||
        error instanceof PermissionError ||
        error instanceof UnexpectedResponseError;
      if (!isRefused) throw error;
      this.#platform = null;
    }
    return this.#platform;
  }
}
