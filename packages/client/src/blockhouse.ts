import { AmbiguousOutcome, unfinished } from './ambiguous.ts';
import { has, isDone, isObject } from './answers.ts';
import type { BulkBlockRequest, BulkOptions, BulkRequest, BulkResult, TimedRequest } from './bulk.ts';
import { streamBulk } from './bulk-call.ts';
import { csvOf, type ImportRow, usersOf } from './csv.ts';
import type { KeyInfo, NewKey } from './keys.ts';
import type {
  ActivityEntry,
  ActivityFilter,
  BlockDetails,
  Diagnosis,
  HourOfTraffic,
  ListPage,
  ListQuery,
  PageQuery,
  StandingBlock,
} from './lists.ts';
import type { NewNumber, NumberChanges, NumberInfo, Subscription } from './numbers.ts';
import { OwnApi } from './own-api.ts';
import {
  createTransport,
  once,
  type RequestOptions,
  request,
  type Transport,
  type TransportOptions,
  wholeListTimes,
} from './request.ts';
import { Sandbox } from './sandbox.ts';
import { inputOf, type User } from './user.ts';

/**
 * Features that Blockhouse has and Meta does not have. Against Meta, every call ends with a {@link NotFoundError}.
 */
export class Blockhouse {
  /** Users to write as, the clock, and faults to order; exists only where the sandbox is on. */
  readonly sandbox: Sandbox;
  readonly #transport: Transport;
  readonly #api: OwnApi;

  constructor(options: TransportOptions) {
    this.#transport = createTransport(options);
    this.#api = new OwnApi(this.#transport);
    this.sandbox = new Sandbox((...given) => this.#api.request(...given));
  }

  /** The numbers that the key opens. */
  async numbers(options: RequestOptions = {}): Promise<readonly NumberInfo[]> {
    return this.#api.list({ method: 'GET', path: '/blockhouse/v1/numbers' }, options);
  }

  /** One number, with how things stand with it. @throws NotFoundError when there is none, or not for this key. */
  async number(id: string, options: RequestOptions = {}): Promise<NumberInfo> {
    const path = `/blockhouse/v1/numbers/${encodeURIComponent(id)}`;
    return (await this.#api.request({ method: 'GET', path }, options, has('id'))) as NumberInfo;
  }

  /** Adds a number. Not repeated by itself. */
  async addNumber(number: NewNumber, options: RequestOptions = {}): Promise<NumberInfo> {
    const call = { method: 'POST', path: '/blockhouse/v1/numbers', body: number } as const;
    return (await this.#api.request(call, once(options), has('id'))) as NumberInfo;
  }

  /** Changes settings of a number, such as its token or its receiver of webhooks. */
  async changeNumber(id: string, changes: NumberChanges, options: RequestOptions = {}): Promise<NumberInfo> {
    const path = `/blockhouse/v1/numbers/${encodeURIComponent(id)}`;
    return (await this.#api.request(
      { method: 'PATCH', path, body: changes },
      options,
      has('id'),
    )) as NumberInfo;
  }

  /** Removes a number with its blocklist, windows and activity. */
  async removeNumber(id: string, options: RequestOptions = {}): Promise<void> {
    await this.#api.remove(`/blockhouse/v1/numbers/${encodeURIComponent(id)}`, options);
  }

  /** Whether Meta sends webhooks about a number that lives there, and to which apps. */
  async subscription(id: string, options: RequestOptions = {}): Promise<Subscription> {
    const path = `/blockhouse/v1/numbers/${encodeURIComponent(id)}/subscription`;
    return (await this.#api.request({ method: 'GET', path }, options, isObject)) as Subscription;
  }

  /** Subscribes the app of a number's token to the webhooks of its account at Meta. */
  async subscribe(id: string, options: RequestOptions = {}): Promise<void> {
    const path = `/blockhouse/v1/numbers/${encodeURIComponent(id)}/subscription`;
    await this.#api.request({ method: 'POST', path, body: {} }, options, isDone);
  }

  /** All keys, without their tokens. */
  async keys(options: RequestOptions = {}): Promise<readonly KeyInfo[]> {
    return this.#api.list({ method: 'GET', path: '/blockhouse/v1/keys' }, options);
  }

  /** Makes a key; `key` is its token, seen this once. Not repeated by itself. */
  async createKey(key: NewKey, options: RequestOptions = {}): Promise<KeyInfo & { readonly key: string }> {
    const call = { method: 'POST', path: '/blockhouse/v1/keys', body: key } as const;
    const created = await this.#api.request(call, once(options), has('id', 'key'));
    return created as KeyInfo & { key: string };
  }

  /** Revokes a key immediately. */
  async revokeKey(id: string, options: RequestOptions = {}): Promise<void> {
    await this.#api.remove(`/blockhouse/v1/keys/${encodeURIComponent(id)}`, options);
  }

  /**
   * Blocks any count of users on some numbers or all. With `whenClosed: 'standing'`, who did not write within 24 hours is
   * blocked as they next write.
   * @throws AmbiguousOutcome when the work ended early; asked again with the same `idempotencyKey`, it goes on.
   */
  block(request: BulkBlockRequest, options: BulkOptions = {}): Promise<BulkResult> {
    const { until, whenClosed, ...rest } = request;
    return this.#bulk('blocks', rest, { until, when_closed: whenClosed }, options);
  }

  /** Unblocks any count of users; standing blocks of theirs end as well. */
  unblock(request: BulkRequest, options: BulkOptions = {}): Promise<BulkResult> {
    return this.#bulk('unblocks', request, {}, options);
  }

  /** Has users blocked at their next message. */
  placeStanding({ until, ...request }: TimedRequest, options: BulkOptions = {}): Promise<BulkResult> {
    return this.#bulk('standing-blocks', request, { until }, options);
  }

  withdrawStanding(request: BulkRequest, options: BulkOptions = {}): Promise<BulkResult> {
    return this.#bulk('standing-blocks/withdrawals', request, {}, options);
  }

  /** Blocks of a number with who, when, why and until when. Changes in the meantime do not move any row. */
  blocks(
    numberId: string,
    query: ListQuery = {},
    options: RequestOptions = {},
  ): AsyncGenerator<BlockDetails, void> {
    const path = `/blockhouse/v1/numbers/${encodeURIComponent(numberId)}/blocks`;
    return this.#api.rows(path, { ...query }, options, wholeListTimes);
  }

  /** One page of them, for who shows them: 25 rows unless said otherwise, at most 1,000. */
  blocksPage(
    numberId: string,
    query: ListQuery & PageQuery = {},
    options: RequestOptions = {},
  ): Promise<ListPage<BlockDetails>> {
    const path = `/blockhouse/v1/numbers/${encodeURIComponent(numberId)}/blocks`;
    return this.#api.page(path, query, options, wholeListTimes);
  }

  /** One page of standing blocks. */
  standingBlocksPage(
    numberId: string,
    query: Pick<ListQuery, 'search'> & PageQuery = {},
    options: RequestOptions = {},
  ): Promise<ListPage<StandingBlock>> {
    return this.#api.page(
      `/blockhouse/v1/numbers/${encodeURIComponent(numberId)}/standing-blocks`,
      query,
      options,
    );
  }

  /** One page of activity; how much there is in all is not known. */
  activityPage(
    query: ActivityFilter & PageQuery = {},
    options: RequestOptions = {},
  ): Promise<ListPage<ActivityEntry>> {
    return this.#api.page('/blockhouse/v1/activity', query, options);
  }

  /** Standing blocks of a number. */
  standingBlocks(
    numberId: string,
    query: Pick<ListQuery, 'search'> = {},
    options: RequestOptions = {},
  ): AsyncGenerator<StandingBlock, void> {
    const path = `/blockhouse/v1/numbers/${encodeURIComponent(numberId)}/standing-blocks`;
    return this.#api.rows(path, { ...query }, options);
  }

  /** Every attempt to block or unblock, newest first. */
  activity(filter: ActivityFilter = {}, options: RequestOptions = {}): AsyncGenerator<ActivityEntry, void> {
    return this.#api.rows('/blockhouse/v1/activity', { ...filter }, options);
  }

  /** Messages admitted and dropped, hour by hour; the last day when nothing is said. */
  async traffic(
    numberId: string,
    { from, to }: { readonly from?: string; readonly to?: string } = {},
    options: RequestOptions = {},
  ): Promise<readonly HourOfTraffic[]> {
    const path = `/blockhouse/v1/numbers/${encodeURIComponent(numberId)}/traffic`;
    const query = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
    return this.#api.list({ method: 'GET', path, query }, options);
  }

  /** Why do this user's messages not arrive, at any of the numbers? */
  async diagnose(user: User, options: RequestOptions = {}): Promise<Diagnosis> {
    const path = `/blockhouse/v1/users/${encodeURIComponent(inputOf(user))}`;
    const call = { method: 'GET', path, defaults: wholeListTimes } as const;
    return (await this.#api.request(call, options, has('verdict', 'advice'))) as Diagnosis;
  }

  /** A blocklist as CSV, as {@link importBlocks} reads it. */
  async exportBlocks(numberId: string, options: RequestOptions = {}): Promise<string> {
    const path = `/blockhouse/v1/numbers/${encodeURIComponent(numberId)}/blocks`;
    const isAnswer = (body: unknown, status: number) => status === 200 && typeof body === 'string';
    const call = { method: 'GET', path, accept: 'text/csv', isAnswer, defaults: wholeListTimes } as const;
    return (await request(this.#transport, call, options)) as string;
  }

  /**
   * Blocks the users of a CSV, or of rows. CSV has a header with a column for the user (`phone`, `wa_id`, `user_id`, `user`
   * or `input`), and `note` and `until` if there are any.
   * @throws AmbiguousOutcome when the work ended early; it names the rows that are unknown or were not tried. Of a CSV with
   * another header it cannot tell them, and names those alone of which the server spoke.
   */
  async importBlocks(
    numberId: string,
    blocks: string | readonly ImportRow[],
    { whenClosed = 'refuse', ...options }: BulkOptions & { readonly whenClosed?: 'refuse' | 'standing' } = {},
  ): Promise<BulkResult> {
    const [content, users] =
      typeof blocks === 'string'
        ? [blocks, usersOf(blocks)]
        : [csvOf(blocks), blocks.map(({ user }) => user)];
    const path = `/blockhouse/v1/numbers/${encodeURIComponent(numberId)}/blocks/import`;
    const text = { type: 'text/csv', content };
    const call = { method: 'POST', path, query: { when_closed: whenClosed }, text } as const;
    return await streamBulk(this.#transport, { users, numbers: [numberId] }, call, options);
  }

  async #bulk(
    path: string,
    { users, numbers: asked = ['*'], note }: BulkRequest,
    more: Readonly<Record<string, unknown>>,
    options: BulkOptions,
  ): Promise<BulkResult> {
    const numbers = asked.includes('*') ? await this.#allNumbers(users, options) : [...new Set(asked)];
    const body = {
      users: users.map(inputOf),
      numbers: asked,
      ...(note !== undefined && { note }),
      ...given(more),
    };
    return streamBulk(
      this.#transport,
      { users, numbers },
      { method: 'POST', path: `/blockhouse/v1/${path}`, body },
      options,
    );
  }

  /** The numbers that `*` stands for: an answer that is cut off does not say which numbers it has left out. */
  async #allNumbers(
    users: readonly User[],
    { signal, onUnfinished }: BulkOptions,
  ): Promise<readonly string[]> {
    try {
      return (await this.numbers(signal === undefined ? {} : { signal })).map(({ id }) => id);
    } catch (error) {
      onUnfinished?.(new AmbiguousOutcome({ remaining: users.map((user) => unfinished(user, null)) }, error));
      throw error;
    }
  }
}

/** The fields that were given. */
function given(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
