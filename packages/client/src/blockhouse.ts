import { AmbiguousOutcome, unfinished } from './ambiguous.ts';
import { has, isDone, isList, isObject, type OwnRequest } from './answers.ts';
import { Attempts } from './attempts.ts';
import {
  type BulkBlockRequest,
  type BulkCall,
  BulkLines,
  type BulkOptions,
  type BulkRequest,
  type BulkResult,
  brokenOff,
  bulkResultOf,
  type TimedRequest,
} from './bulk.ts';
import { csvOf, type ImportRow, usersOf } from './csv.ts';
import { BlockhouseError, NotFoundError } from './errors.ts';
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
import {
  type ApiRequest,
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
import type { PlatformProblem } from './wire/index.ts';

/** A bulk call of very many users takes its time; its results come all the while. */
const bulkTimeoutMs = 60 * 60 * 1000;

/** A business phone number of a Blockhouse server. */
export interface NumberInfo {
  /** The `phone_number_id`. */
  readonly id: string;
  readonly displayPhoneNumber: string;
  readonly verifiedName: string;
  readonly wabaId: string;
  readonly portfolioId: string;
  /** The platform that enforces the number's blocklist. */
  readonly platform: 'local' | 'cloud';
  /** Where a cloud number lives, and how things stand there; null: here. Secrets are never shown. */
  readonly upstream: {
    readonly baseUrl: string;
    readonly version: string | null;
    readonly appSecretSet: boolean;
    readonly verifyTokenSet: boolean;
    readonly health: {
      /** `limited`: Meta answers, and asks for fewer requests. */
      readonly state: 'unknown' | 'ok' | 'limited' | 'failing';
      readonly lastOkAt: string | null;
      /** In Meta's words, where it gave any. */
      readonly problem: string | null;
      readonly problemKind: PlatformProblem | null;
      /** The person who has to act, and the action. */
      readonly advice: string | null;
      /** Until when Meta wants no request. */
      readonly pausedUntil: string | null;
      readonly problemAt: string | null;
      readonly lastWebhookAt: string | null;
    };
  } | null;
  /** Where webhooks go; secrets are never shown. */
  readonly webhook: {
    readonly url: string;
    /** How the last delivery went. */
    readonly health: {
      readonly state: 'unknown' | 'ok' | 'failing';
      readonly lastAttemptAt: string | null;
      readonly problem: string | null;
    };
  } | null;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** The apps that get the webhooks of a number's account at Meta. */
export interface Subscription {
  readonly subscribed: boolean;
  readonly apps: readonly { readonly id: string; readonly name: string | null }[];
}

/** Where a cloud number lives; what is left out stays as it is, or is Meta's. */
export interface UpstreamChanges {
  /** `https://graph.facebook.com` unless said otherwise. */
  readonly baseUrl?: string;
  /** Graph API version; null: none in the path. */
  readonly version?: string | null;
  /** The access token that opens the number there. */
  readonly token?: string;
  /** The secret of the app that signs Meta's webhooks. */
  readonly appSecret?: string | null;
  /** Whether calls carry a proof of the app secret; they do unless it is false. */
  readonly sendAppsecretProof?: boolean;
  /** The token that Meta sends at the handshake of `/webhooks/meta`. */
  readonly verifyToken?: string | null;
}

/** The settings of a number that can be changed. A setting that is left out stays. */
export interface NumberChanges {
  readonly displayPhoneNumber?: string;
  readonly verifiedName?: string;
  readonly wabaId?: string;
  readonly portfolioId?: string;
  readonly upstream?: UpstreamChanges;
  /** Null: webhooks go nowhere. */
  readonly webhook?: {
    readonly url?: string;
    readonly appSecret?: string;
    readonly verifyToken?: string;
  } | null;
}

/** A number to be added; what is left out gets a default. */
export interface NewNumber {
  readonly id?: string;
  /** As people write it, such as `+1 555 078 3881`. */
  readonly displayPhoneNumber: string;
  readonly verifiedName?: string;
  readonly wabaId?: string;
  readonly portfolioId?: string;
  readonly webhook?: { readonly url: string; readonly appSecret: string; readonly verifyToken: string };
  /** `cloud`: it lives at Meta, and `upstream` and `id` say where. */
  readonly platform?: 'local' | 'cloud';
  readonly upstream?: UpstreamChanges;
}

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

/**
 * Features that Blockhouse has and Meta does not have. Against Meta, every call ends with a {@link NotFoundError}.
 */
export class Blockhouse {
  /** Users to write as, the clock, and faults to order; exists only where the sandbox is on. */
  readonly sandbox: Sandbox;
  readonly #transport: Transport;

  constructor(options: TransportOptions) {
    this.#transport = createTransport(options);
    this.sandbox = new Sandbox((...given) => this.#request(...given));
  }

  /** The numbers that the key opens. */
  async numbers(options: RequestOptions = {}): Promise<readonly NumberInfo[]> {
    return this.#list({ method: 'GET', path: '/blockhouse/v1/numbers' }, options);
  }

  /** One number, with how things stand with it. @throws NotFoundError when there is none, or not for this key. */
  async number(id: string, options: RequestOptions = {}): Promise<NumberInfo> {
    const path = `/blockhouse/v1/numbers/${encodeURIComponent(id)}`;
    return (await this.#request({ method: 'GET', path }, options, has('id'))) as NumberInfo;
  }

  /** Adds a number. Not repeated by itself. */
  async addNumber(number: NewNumber, options: RequestOptions = {}): Promise<NumberInfo> {
    const call = { method: 'POST', path: '/blockhouse/v1/numbers', body: number } as const;
    return (await this.#request(call, once(options), has('id'))) as NumberInfo;
  }

  /** Changes settings of a number, such as its token or its receiver of webhooks. */
  async changeNumber(id: string, changes: NumberChanges, options: RequestOptions = {}): Promise<NumberInfo> {
    const path = `/blockhouse/v1/numbers/${encodeURIComponent(id)}`;
    return (await this.#request({ method: 'PATCH', path, body: changes }, options, has('id'))) as NumberInfo;
  }

  /** Removes a number with its blocklist, windows and activity. */
  async removeNumber(id: string, options: RequestOptions = {}): Promise<void> {
    await this.#remove(`/blockhouse/v1/numbers/${encodeURIComponent(id)}`, options);
  }

  /** Whether Meta sends webhooks about a number that lives there, and to which apps. */
  async subscription(id: string, options: RequestOptions = {}): Promise<Subscription> {
    const path = `/blockhouse/v1/numbers/${encodeURIComponent(id)}/subscription`;
    return (await this.#request({ method: 'GET', path }, options, isObject)) as Subscription;
  }

  /** Subscribes the app of a number's token to the webhooks of its account at Meta. */
  async subscribe(id: string, options: RequestOptions = {}): Promise<void> {
    const path = `/blockhouse/v1/numbers/${encodeURIComponent(id)}/subscription`;
    await this.#request({ method: 'POST', path, body: {} }, options, isDone);
  }

  /** All keys, without their tokens. */
  async keys(options: RequestOptions = {}): Promise<readonly KeyInfo[]> {
    return this.#list({ method: 'GET', path: '/blockhouse/v1/keys' }, options);
  }

  /** Makes a key; `key` is its token, seen this once. Not repeated by itself. */
  async createKey(key: NewKey, options: RequestOptions = {}): Promise<KeyInfo & { readonly key: string }> {
    const call = { method: 'POST', path: '/blockhouse/v1/keys', body: key } as const;
    const created = await this.#request(call, once(options), has('id', 'key'));
    return created as KeyInfo & { key: string };
  }

  /** Revokes a key, at once. */
  async revokeKey(id: string, options: RequestOptions = {}): Promise<void> {
    await this.#remove(`/blockhouse/v1/keys/${encodeURIComponent(id)}`, options);
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
    return this.#rows(path, { ...query }, options, wholeListTimes);
  }

  /** One page of them, for who shows them: 25 rows unless said otherwise, at most 1,000. */
  blocksPage(
    numberId: string,
    query: ListQuery & PageQuery = {},
    options: RequestOptions = {},
  ): Promise<ListPage<BlockDetails>> {
    const path = `/blockhouse/v1/numbers/${encodeURIComponent(numberId)}/blocks`;
    return this.#page(path, query, options, wholeListTimes);
  }

  /** One page of standing blocks. */
  standingBlocksPage(
    numberId: string,
    query: Pick<ListQuery, 'search'> & PageQuery = {},
    options: RequestOptions = {},
  ): Promise<ListPage<StandingBlock>> {
    return this.#page(
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
    return this.#page('/blockhouse/v1/activity', query, options);
  }

  /** Standing blocks of a number. */
  standingBlocks(
    numberId: string,
    query: Pick<ListQuery, 'search'> = {},
    options: RequestOptions = {},
  ): AsyncGenerator<StandingBlock, void> {
    const path = `/blockhouse/v1/numbers/${encodeURIComponent(numberId)}/standing-blocks`;
    return this.#rows(path, { ...query }, options);
  }

  /** Every attempt to block or unblock, newest first. */
  activity(filter: ActivityFilter = {}, options: RequestOptions = {}): AsyncGenerator<ActivityEntry, void> {
    return this.#rows('/blockhouse/v1/activity', { ...filter }, options);
  }

  /** Messages admitted and dropped, hour by hour; the last day when nothing is said. */
  async traffic(
    numberId: string,
    { from, to }: { readonly from?: string; readonly to?: string } = {},
    options: RequestOptions = {},
  ): Promise<readonly HourOfTraffic[]> {
    const path = `/blockhouse/v1/numbers/${encodeURIComponent(numberId)}/traffic`;
    const query = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
    return this.#list({ method: 'GET', path, query }, options);
  }

  /** Why do this user's messages not arrive, at any of the numbers? */
  async diagnose(user: User, options: RequestOptions = {}): Promise<Diagnosis> {
    const path = `/blockhouse/v1/users/${encodeURIComponent(inputOf(user))}`;
    const call = { method: 'GET', path, defaults: wholeListTimes } as const;
    return (await this.#request(call, options, has('verdict', 'advice'))) as Diagnosis;
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
    return await this.#stream({ users, numbers: [numberId] }, call, options);
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
    return this.#stream(
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

  /** Asks for results as they come. Under its name the call can be asked again, so that it can be repeated by itself. */
  async #stream(
    asked: Omit<BulkCall, 'run'>,
    call: Omit<ApiRequest, 'isAnswer'>,
    { signal, idempotencyKey: run = newName(), onProgress, onUnfinished }: BulkOptions,
  ): Promise<BulkResult> {
    const attempts = new Attempts();
    let lines = new BulkLines(onProgress);
    // The results of the attempt that came furthest. The next attempt returns the same rows again.
    let known = lines;
    const sent = {
      ...call,
      accept: 'application/x-ndjson',
      headers: { 'idempotency-key': run },
      attempts,
      // The results of an attempt that was cut off come again.
      onAttempt: () => {
        if (lines.rows.length > known.rows.length) known = lines;
        lines = new BulkLines(onProgress);
      },
      onText: (chunk: string) => lines.take(chunk),
      isAnswer: (_body: unknown, status: number) => status === 200 && lines.end !== null,
    };
    const times = { timeoutMs: bulkTimeoutMs, deadlineMs: bulkTimeoutMs, ...(signal && { signal }) };
    try {
      await request(this.#transport, sent, times);
    } catch (error) {
      const { rows } = lines.rows.length > known.rows.length ? lines : known;
      const { mayBeApplied } = attempts;
      const left = brokenOff({ ...asked, run }, rows, { cause: error, mayBeApplied });
      onUnfinished?.(left);
      const isUntouched = rows.length === 0 && !mayBeApplied;
      const isCallers = signal?.aborted || !(error instanceof BlockhouseError);
      throw isUntouched || isCallers ? error : left;
    }
    const result = bulkResultOf({ ...asked, run }, lines.rows, endedEarly(lines.end?.error));
    if (!(result instanceof AmbiguousOutcome)) return result;
    onUnfinished?.(result);
    throw result;
  }

  async #page<Row>(
    path: string,
    query: object,
    options: RequestOptions,
    defaults: ApiRequest['defaults'] = {},
  ): Promise<ListPage<Row>> {
    const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    );
    const call = { method: 'GET', path, query: Object.fromEntries(given), defaults } as const;
    const { data, total, paging } = (await this.#request(call, options, isList)) as {
      data: readonly Row[];
      total?: number;
      paging: { after?: string };
    };
    return { rows: data, total: total ?? null, after: paging.after ?? null };
  }

  /** Rows of all pages. */
  async *#rows<Row>(
    path: string,
    filter: Readonly<Record<string, string | undefined>>,
    options: RequestOptions,
    defaults: ApiRequest['defaults'] = {},
  ): AsyncGenerator<Row, void> {
    const query = Object.fromEntries(
      Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    for (let after: string | undefined; ; ) {
      const call = {
        method: 'GET',
        path,
        query: { ...query, limit: '1000', ...(after && { after }) },
        defaults,
      } as const;
      const page = (await this.#request(call, options, isList)) as {
        data: Row[];
        paging: { after?: string };
      };
      yield* page.data;
      after = page.paging.after;
      if (after === undefined) return;
    }
  }

  /**
   * Removes something. An earlier attempt without an answer may have removed it. The next attempt does not find it,
   * and it is done.
   */
  async #remove(path: string, options: RequestOptions): Promise<void> {
    const attempts = new Attempts();
    try {
      await this.#request({ method: 'DELETE', path, attempts }, options, isDone);
    } catch (error) {
      if (!(error instanceof NotFoundError && attempts.mayBeApplied)) throw error;
    }
  }

  async #list<Row>(call: OwnRequest, options: RequestOptions): Promise<readonly Row[]> {
    const { data } = (await this.#request(call, options, isList)) as { data: readonly Row[] };
    return data;
  }

  async #request(
    { body, ...call }: OwnRequest,
    options: RequestOptions,
    isAnswer = isObject,
  ): Promise<unknown> {
    const sent = { ...call, isAnswer, ...(body !== undefined && { body: renamed(body, snakeCase) }) };
    return renamed(await request(this.#transport, sent, options), camelCase);
  }
}

/** A name for a call. Not `crypto.randomUUID()`, which pages have over https alone. */
function newName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Why a server ended the work before its end, in its own words; undefined: it did not. */
function endedEarly(said: unknown): BlockhouseError | undefined {
  return said === undefined
    ? undefined
    : new BlockhouseError(`the server ended the work early: ${JSON.stringify(said)}`);
}

const camelCase = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The same value with the names of all fields changed: the wire has snake case. */
function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((element) => renamed(element, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [rename(name), renamed(inner, rename)]),
  );
}

/** The fields that were given. */
function given(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
