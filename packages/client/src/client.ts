import { AmbiguousOutcome, type UnfinishedUser, unfinished } from './ambiguous.ts';
import { Attempts } from './attempts.ts';
import { Blockhouse } from './blockhouse.ts';
import {
  BlockhouseError,
  ListChangedError,
  NotFoundError,
  PermissionError,
  UnexpectedAnswerError,
} from './errors.ts';
import { type BlockedState, Membership } from './membership.ts';
import { type BlockedUser, isListAnswer, type Page, type PageOptions, readPage } from './pages.ts';
import {
  createTransport,
  type RequestOptions,
  request,
  type Transport,
  type TransportOptions,
} from './request.ts';
import {
  type ChangedUser,
  isChangeAnswer,
  type Outcome,
  type Refusal,
  readOutcome,
  UsersRefused,
} from './results.ts';
import { toWire, type User } from './user.ts';
import type { BlockUsersRequest } from './wire/index.ts';

/** How a client is made. */
export interface ClientOptions extends TransportOptions {
  /** The owner of the blocklist: the ID of the business phone number. */
  readonly phoneNumberId: string;
  /** Graph API version, `v25.0` unless said otherwise; null: none in the path. */
  readonly version?: string | null;
  /** Users in one request, 1,000 unless said otherwise. Some providers take fewer, such as 500. */
  readonly batchSize?: number;
}

/** The progress after every request of a call that takes several. */
export interface Progress {
  readonly done: number;
  readonly refused: number;
  readonly total: number;
}

/** How users are blocked or unblocked. */
export interface ChangeOptions extends RequestOptions {
  /** Is called after every request. An exception that it throws ends the call and rejects it. */
  readonly onProgress?: (progress: Progress) => void;
  /**
   * Is given what is known about each user when the call fails, right before it rejects. This is the way to the known
   * results where the call rejects with something of yours: the reason of `signal`, or an exception of `onProgress`.
   */
  readonly onUnfinished?: (known: AmbiguousOutcome) => void;
}

/** Everybody is in exactly one of the lists, in the order in which they were given. */
export interface BlockResult {
  readonly blocked: readonly ChangedUser[];
  readonly refused: readonly Refusal[];
}

export interface UnblockResult {
  readonly unblocked: readonly ChangedUser[];
  readonly refused: readonly Refusal[];
}

/** The reaction to a blocklist that changes while it is read (139102). */
export interface ListAllOptions extends RequestOptions {
  /** Rows asked for at once, 1,000 unless said otherwise. */
  readonly limit?: number;
  /** `throw` a {@link ListChangedError} (the default), or `restart` from the beginning and leave out who was given already. */
  readonly onConflict?: 'throw' | 'restart';
}

/** "Each request can include a maximum of 1,000 users" (Meta, "Block users"). */
const batchMax = 1000;

/** More users than these are looked for in the list before anybody is looked up. */
const lookupsBeforeList = 100;

/** Lookups that run side by side. */
const lookupsAtOnce = 4;

/** Where a number's blocklist is enforced, as far as the users of the number can be looked up; null: they cannot. */
type NumberPlatform = 'local' | 'cloud' | null;

/** A list that changes faster than it can be read is given up. */
const restartsMax = 20;

/**
 * The Block Users API of one phone number, at Meta or at Blockhouse.
 *
 * A result always says of every user whether they were blocked or refused. Exceptions are for requests that failed as a
 * whole: {@link BlockhouseError} and what derives from it. A call that may have changed some users before it failed rejects
 * with {@link AmbiguousOutcome}, whatever the count of its users. An aborted call rejects with the reason of its signal.
 */
export class BlockUsersClient {
  /** Features that Blockhouse has and Meta does not have, with the same token. */
  readonly blockhouse: Blockhouse;
  readonly #transport: Transport;
  readonly #phoneNumberId: string;
  readonly #path: string;
  readonly #batchSize: number;
  readonly #isMeta: boolean;
  #platform: NumberPlatform | undefined;

  /** @throws TypeError when an option is missing or cannot be used; the message says what to do. */
  constructor(options: ClientOptions) {
    const { version = 'v25.0' } = options;
    const phoneNumberId = readPhoneNumberId(options.phoneNumberId);
    this.#batchSize = readBatchSize(options.batchSize);
    this.#transport = createTransport(options);
    this.#phoneNumberId = phoneNumberId;
    this.#isMeta = new URL(this.#transport.baseUrl).hostname === 'graph.facebook.com';
    this.#path = `${version === null ? '' : `/${version}`}/${encodeURIComponent(phoneNumberId)}/block_users`;
    this.blockhouse = new Blockhouse(options);
  }

  /**
   * Blocks any count of users, `batchSize` of them a request. A refusal is a result, not an exception.
   * @throws AmbiguousOutcome when the call fails after some users may have been blocked.
   */
  async block(users: readonly User[], options: ChangeOptions = {}): Promise<BlockResult> {
    const { changed, refused } = await this.#change('POST', users, options);
    return { blocked: changed, refused };
  }

  /**
   * Unblocks any count of users; a user who was not blocked counts as unblocked.
   * @throws AmbiguousOutcome when the call fails after some users may have been unblocked.
   */
  async unblock(users: readonly User[], options: ChangeOptions = {}): Promise<UnblockResult> {
    const { changed, refused } = await this.#change('DELETE', users, options);
    return { unblocked: changed, refused };
  }

  /** One page of the blocklist. @throws ListChangedError when the list has changed since its cursor was made. */
  async list(page: PageOptions = {}, options: RequestOptions = {}): Promise<Page> {
    const { limit, after, before } = page;
    const query = {
      ...(limit !== undefined && { limit: String(limit) }),
      ...(after !== undefined && { after }),
      ...(after === undefined && before !== undefined && { before }),
    };
    const call = { method: 'GET', path: this.#path, query, isAnswer: isListAnswer } as const;
    return readPage(await request(this.#transport, call, options), page);
  }

  /** Pages from the beginning, or from behind a cursor, to the end. */
  async *pages(
    from: Omit<PageOptions, 'before'> = {},
    options: RequestOptions = {},
  ): AsyncGenerator<Page, void> {
    let after = from.after;
    while (true) {
      const page = await this.list(
        { limit: from.limit ?? batchMax, ...(after !== undefined && { after }) },
        options,
      );
      if (page.users.length > 0) yield page;
      if (!page.mayHaveNext || page.cursors === null) return;
      if (page.cursors.after === after) {
        throw new UnexpectedAnswerError(`GET ${this.#path}: the list does not continue after its cursor`);
      }
      after = page.cursors.after;
    }
  }

  /** Pages from before a cursor back to the beginning. */
  async *pagesBackward(
    from: Omit<PageOptions, 'after'> & { before: string },
    options: RequestOptions = {},
  ): AsyncGenerator<Page, void> {
    let { before } = from;
    while (true) {
      const page = await this.list({ limit: from.limit ?? batchMax, before }, options);
      if (page.users.length > 0) yield page;
      if (!page.hasPrevious || page.cursors === null || page.cursors.before === before) return;
      before = page.cursors.before;
    }
  }

  /** Every blocked user, oldest block first. */
  async *listAll({
    limit = batchMax,
    onConflict = 'throw',
    ...options
  }: ListAllOptions = {}): AsyncGenerator<BlockedUser, void> {
    const given = new Set<string>();
    for (let restarts = 0; ; restarts++) {
      try {
        for await (const page of this.pages({ limit }, options)) {
          for (const user of page) {
            const name = `${user.waId} ${user.userId}`;
            if (given.has(name)) continue;
            given.add(name);
            yield user;
          }
        }
        return;
      } catch (error) {
        const mayRestart = onConflict === 'restart' && restarts < restartsMax;
        if (!(error instanceof ListChangedError && mayRestart)) throw error;
      }
    }
  }

  /** Whether a user is blocked; see {@link areBlocked}. */
  async isBlocked(user: User, options: RequestOptions = {}): Promise<BlockedState> {
    const [state = 'unknown'] = await this.areBlocked([user], options);
    return state;
  }

  /**
   * Which of the users are blocked, in their order. A Blockhouse server is asked about each user where the key allows it.
   * Otherwise the list is read once, until all users are found; national spellings of a phone count as the same. A user who
   * is not found is `unknown` where that proves nothing: a phone on the list is hidden, or in their country a `wa_id` may
   * differ from the number that is dialed. The answer is false only where that is certain.
   */
  async areBlocked(users: readonly User[], options: RequestOptions = {}): Promise<readonly BlockedState[]> {
    if (users.length === 0) return [];
    const platform = await this.#platformOfNumber(options);
    const byList = (some: readonly User[]) => this.#onList(some, options);
    const byLookup = (some: readonly User[]) => this.#lookUp(some, platform, options);
    // Few lookups cost less than a whole list, except where the server itself has to read the list at Meta for each.
    const isFew = platform === 'local' && users.length <= lookupsBeforeList;
    const [first, then] = isFew ? [byLookup, byList] : [byList, byLookup];
    const states = await first(users);
    const open = users.filter((_, index) => states[index] === 'unknown');
    if (open.length === 0) return states;
    const rest = (await then(open)).values();
    return states.map((state) => (state === 'unknown' ? (rest.next().value ?? state) : state));
  }

  async #onList(users: readonly User[], options: RequestOptions): Promise<readonly BlockedState[]> {
    const membership = new Membership(users);
    for await (const row of this.listAll({ ...options, onConflict: 'restart' })) {
      if (membership.see(row)) break;
    }
    return membership.states();
  }

  /** The server's verdict about each user; `unknown` if it cannot be asked. */
  async #lookUp(
    users: readonly User[],
    platform: NumberPlatform,
    options: RequestOptions,
  ): Promise<readonly BlockedState[]> {
    const states: BlockedState[] = users.map(() => 'unknown');
    if (platform === null) return states;
    const left = users.entries();
    const work = async () => {
      for (const [index, user] of left) states[index] = await this.#lookUpOne(user, platform, options);
    };
    try {
      await Promise.all(Array.from({ length: lookupsAtOnce }, work));
    } finally {
      // After a failure nobody else is looked up.
      for (const _ of left);
    }
    return states;
  }

  async #lookUpOne(user: User, platform: 'local' | 'cloud', options: RequestOptions): Promise<BlockedState> {
    try {
      const { numbers } = await this.blockhouse.diagnose(user, options);
      const found = numbers.find(({ number }) => number === this.#phoneNumberId);
      if (found === undefined) return 'unknown';
      // A number at Meta: the server has not found them on the list there, which proves no more than it does here.
      return found.blocked !== null || (platform === 'local' ? false : 'unknown');
    } catch (error) {
      // The server cannot read this as a user.
      if (error instanceof BlockhouseError && error.code === 100) return 'unknown';
      throw error;
    }
  }

  /**
   * The platform that enforces the blocklist, if a Blockhouse server can be asked about its users; null: it cannot.
   */
  async #platformOfNumber(options: RequestOptions): Promise<NumberPlatform> {
    if (this.#platform !== undefined) return this.#platform;
    try {
      const numbers = this.#isMeta ? [] : await this.blockhouse.numbers(options);
      this.#platform = numbers.find(({ id }) => id === this.#phoneNumberId)?.platform ?? null;
    } catch (error) {
      // Another server than Blockhouse, or a key that may only read the list.
      const isRefused =
        error instanceof NotFoundError ||
        error instanceof PermissionError ||
        error instanceof UnexpectedAnswerError;
      if (!isRefused) throw error;
      this.#platform = null;
    }
    return this.#platform;
  }

  async #change(method: 'POST' | 'DELETE', users: readonly User[], options: ChangeOptions): Promise<Outcome> {
    const { stop, onProgress, onUnfinished } = options;
    const changed: ChangedUser[] = [];
    const refused: Refusal[] = [];
    const unknown: UnfinishedUser[] = [];
    const left = (from: number, to?: number) =>
      users.slice(from, to).map((user) => unfinished(user, this.#phoneNumberId));
    /** The known state if the call ends before the users from `next` on were tried. */
    const endedBefore = (next: number, cause?: unknown) => {
      const known = new AmbiguousOutcome({ changed, refused, unknown, remaining: left(next) }, cause);
      onUnfinished?.(known);
      return known;
    };
    for (let start = 0; start < users.length; start += this.#batchSize) {
      if (start > 0 && stop?.aborted) throw endedBefore(start, stop.reason);
      const end = Math.min(start + this.#batchSize, users.length);
      const attempts = new Attempts();
      try {
        const outcome = await this.#changeBatch(method, users.slice(start, end), { ...options, attempts });
        changed.push(...outcome.changed);
        refused.push(...outcome.refused);
        unknown.push(...outcome.unknown.map((user) => unfinished(user, this.#phoneNumberId)));
      } catch (error) {
        if (attempts.mayBeApplied) unknown.push(...left(start, end));
        const known = endedBefore(attempts.mayBeApplied ? end : start, error);
        const isUntouched = start === 0 && !attempts.mayBeApplied;
        const isCallers = options.signal?.aborted || !(error instanceof BlockhouseError);
        throw isUntouched || isCallers ? error : known;
      }
      try {
        onProgress?.({ done: changed.length, refused: refused.length, total: users.length });
      } catch (error) {
        endedBefore(end, error);
        throw error;
      }
    }
    if (unknown.length > 0) throw endedBefore(users.length);
    return { changed, refused, unknown: [] };
  }

  async #changeBatch(
    method: 'POST' | 'DELETE',
    batch: readonly User[],
    { attempts, ...options }: RequestOptions & { readonly attempts: Attempts },
  ): Promise<Outcome> {
    const body: BlockUsersRequest = { messaging_product: 'whatsapp', block_users: batch.map(toWire) };
    const call = { method, path: this.#path, body, attempts, isAnswer: isChangeAnswer };
    const answer = await request(this.#transport, call, options);
    return readOutcome(batch, answer, method === 'POST' ? 'added_users' : 'removed_users');
  }
}

/**
 * For those who want an exception: hands the result on when nobody was refused.
 * @throws UsersRefused with the refusals.
 */
export function throwIfRefused<Result extends { readonly refused: readonly Refusal[] }>(
  result: Result,
): Result {
  if (result.refused.length > 0) throw new UsersRefused(result.refused);
  return result;
}

function readPhoneNumberId(id: unknown): string {
  if (typeof id === 'string' && /^[^\s/]+$/.test(id)) return id;
  const got = typeof id === 'string' ? `"${id}"` : String(id);
  throw new TypeError(
    `phoneNumberId must be the ID of a business phone number such as "106540352242922", got ${got}. ` +
      'Meta shows it in the API setup of your app, Blockhouse in the list of numbers.',
  );
}

function readBatchSize(size = batchMax): number {
  if (Number.isInteger(size) && size >= 1 && size <= batchMax) return size;
  throw new TypeError(`batchSize must be a whole number from 1 to ${batchMax}, got ${size}.`);
}
