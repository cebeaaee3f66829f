import { Blockhouse } from '../blockhouse/blockhouse.ts';
import type { RequestOptions } from '../transport/options.ts';
import { createTransport, type TransportOptions } from '../transport/transport.ts';
import type { User } from '../user.ts';
import { BlockedCheck } from './blocked-check.ts';
import type { Blocklist } from './blocklist.ts';
import { type BlockResult, type ChangeOptions, changeUsers, type UnblockResult } from './change.ts';
import { type ListAllOptions, readAll, readBackward, readForward, readOnePage } from './listing.ts';
import type { BlockedState } from './membership.ts';
import type { BlockedUser, Page, PageOptions } from './pages.ts';

/** The options of a client for one number. */
export interface ClientOptions extends TransportOptions {
  /** The ID of the business phone number whose blocklist you use. */
  readonly phoneNumberId: string;
  /** The version of the Graph API in the path; `v25.0` by default. `null` means no version. */
  readonly version?: string | null;
  /**
   * The highest number of users in one request; 1,000 by default. Some providers accept fewer than Meta, such
   * as 500.
   */
  readonly batchSize?: number;
}

/** "Each request can include a maximum of 1,000 users" (Meta, "Block users"). */
const batchMax = 1000;

/**
 * The Block Users API of one phone number, at Meta or at Blockhouse.
 *
 * A result names every user as either changed or refused. A call throws only if a request fails as a whole:
 * with {@link BlockhouseError} or one of its subclasses. If a call that blocks or unblocks fails after it may
 * have changed some users, it rejects with {@link AmbiguousOutcome}. An aborted call rejects with the reason
 * of its signal.
 */
export class BlockUsersClient {
  /** The calls that Blockhouse has and Meta does not have, with the same token. */
  readonly blockhouse: Blockhouse;
  readonly #blocklist: Blocklist;
  readonly #check: BlockedCheck;

  /** @throws TypeError when an option is missing or invalid. The message says what to do. */
  constructor(options: ClientOptions) {
    const { version = 'v25.0' } = options;
    const phoneNumberId = readPhoneNumberId(options.phoneNumberId);
    this.#blocklist = {
      transport: createTransport(options),
      phoneNumberId,
      path: `${version === null ? '' : `/${version}`}/${encodeURIComponent(phoneNumberId)}/block_users`,
      batchSize: readBatchSize(options.batchSize),
    };
    this.blockhouse = new Blockhouse(options);
    this.#check = new BlockedCheck(this.#blocklist, this.blockhouse);
  }

  /**
   * Blocks any number of users, with up to `batchSize` of them in each request. A refusal is a result, not an
   * error.
   * @throws AmbiguousOutcome when the call fails after some users may have been blocked.
   */
  async block(users: readonly User[], options: ChangeOptions = {}): Promise<BlockResult> {
    const { changed, refused } = await changeUsers(this.#blocklist, 'POST', users, options);
    return { blocked: changed, refused };
  }

  /**
   * Unblocks any number of users. A user who was not blocked counts as unblocked.
   * @throws AmbiguousOutcome when the call fails after some users may have been unblocked.
   */
  async unblock(users: readonly User[], options: ChangeOptions = {}): Promise<UnblockResult> {
    const { changed, refused } = await changeUsers(this.#blocklist, 'DELETE', users, options);
    return { unblocked: changed, refused };
  }

  /**
   * Reads one page of the blocklist.
   * @throws ListChangedError when the list has changed since the cursor was made.
   */
  async list(page: PageOptions = {}, options: RequestOptions = {}): Promise<Page> {
    return await readOnePage(this.#blocklist, page, options);
  }

  /**
   * Iterates over the pages from `after`, or from the beginning, to the end.
   * @throws ListChangedError when the list changes between two pages.
   */
  pages(from: Omit<PageOptions, 'before'> = {}, options: RequestOptions = {}): AsyncGenerator<Page, void> {
    return readForward(this.#blocklist, from, options);
  }

  /**
   * Iterates over the pages from `before` back to the beginning.
   * @throws ListChangedError when the list changes between two pages.
   */
  pagesBackward(
    from: Omit<PageOptions, 'after'> & { readonly before: string },
    options: RequestOptions = {},
  ): AsyncGenerator<Page, void> {
    return readBackward(this.#blocklist, from, options);
  }

  /**
   * Iterates over every blocked user, oldest block first.
   * @throws ListChangedError when the list changes between two pages, unless `onConflict` is `restart`.
   */
  listAll(options: ListAllOptions = {}): AsyncGenerator<BlockedUser, void> {
    return readAll(this.#blocklist, options);
  }

  /** Whether one user is blocked. See {@link areBlocked}. */
  async isBlocked(user: User, options: RequestOptions = {}): Promise<BlockedState> {
    const [state = 'unknown'] = await this.areBlocked([user], options);
    return state;
  }

  /**
   * Whether users are blocked, in their order. If the key allows it, a Blockhouse server is asked about each
   * user. Otherwise the list is read once, and national spellings of a phone number count as the same user. A
   * state is false only if it is certain. It is `unknown` if the list does not contain the user but may show
   * them under another name.
   */
  async areBlocked(users: readonly User[], options: RequestOptions = {}): Promise<readonly BlockedState[]> {
    return await this.#check.statesOf(users, options);
  }
}

function readPhoneNumberId(id: unknown): string {
  if (typeof id === 'string' && /^[^\s/]+$/.test(id)) return id;
  const got = typeof id === 'string' ? `"${id}"` : String(id);
  throw new TypeError(
    `phoneNumberId must be the ID of a business phone number such as "106540352242922", got ${got}. ` +
      'Meta shows it in the API setup of your app, and Blockhouse shows it in the list of numbers.',
  );
}

function readBatchSize(size = batchMax): number {
  if (Number.isInteger(size) && size >= 1 && size <= batchMax) return size;
  throw new TypeError(`batchSize must be a whole number from 1 to ${batchMax}, got ${size}.`);
}
