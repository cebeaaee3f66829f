import { type RequestOptions, wholeListLimits } from '../transport/options.ts';
import type { Api } from './api.ts';
import type { BulkOptions, BulkResult } from './bulk.ts';
import type { BulkCalls } from './bulk-calls.ts';
import { csvOf, type ImportRow, usersOf } from './csv.ts';
import type { Attribution, ListPage, PageQuery } from './lists.ts';

/** A block with its details. All times are ISO 8601. */
export interface BlockDetails extends Attribution {
  /** Null if the user hides their phone number. */
  readonly waId: string | null;
  /** The business-scoped user ID; null if it is not known. */
  readonly userId: string | null;
  /** The name of the user's WhatsApp profile, if it is known. */
  readonly name: string | null;
  /** Null if the user was blocked at Meta without Blockhouse. */
  readonly blockedAt: string | null;
  /** The expiry; null if the block has none. */
  readonly until: string | null;
  /** The number of messages that were dropped since the block. */
  readonly dropped: number;
  readonly lastDroppedAt: string | null;
}

/** The filter and order of a list of blocks. */
export interface ListQuery {
  /** A part of the phone number, the name, or the note. */
  readonly search?: string;
  /** The field to sort by; `-` means descending order. */
  readonly sort?:
    | 'blocked_at'
    | '-blocked_at'
    | 'name'
    | '-name'
    | 'dropped'
    | '-dropped'
    | 'until'
    | '-until';
}

/** The blocks of a number with their details. To block and unblock, use {@link Blockhouse.block}. */
export class Blocks {
  readonly #api: Api;
  readonly #bulk: BulkCalls;

  constructor(api: Api, bulk: BulkCalls) {
    this.#api = api;
    this.#bulk = bulk;
  }

  /** Iterates over the blocks of a number. A change of the list during the call does not move any row. */
  list(
    numberId: string,
    query: ListQuery = {},
    options: RequestOptions = {},
  ): AsyncGenerator<BlockDetails, void> {
    return this.#api.rows(pathOf(numberId), query, options, wholeListLimits);
  }

  /** Gets one page of the blocks of a number. */
  page(
    numberId: string,
    query: ListQuery & PageQuery = {},
    options: RequestOptions = {},
  ): Promise<ListPage<BlockDetails>> {
    return this.#api.page(pathOf(numberId), query, options, wholeListLimits);
  }

  /** Gets the blocklist of a number as CSV, in the format that {@link Blocks.import} reads. */
  export(numberId: string, options: RequestOptions = {}): Promise<string> {
    return this.#api.text(pathOf(numberId), 'text/csv', options, wholeListLimits);
  }

  /**
   * Blocks the users of a CSV or of rows. The header of the CSV must have a column with the name `phone`,
   * `wa_id`, `user_id`, `user`, or `input`. Columns with the names `note` and `until` are optional.
   * @throws AmbiguousOutcome when the import does not finish. It lists the rows that are unknown or were not
   * tried. If the CSV has another header, it lists only the rows that the server mentioned.
   */
  async import(
    numberId: string,
    blocks: string | readonly ImportRow[],
    { whenClosed = 'refuse', ...options }: BulkOptions & { readonly whenClosed?: 'refuse' | 'standing' } = {},
  ): Promise<BulkResult> {
    const [content, users] =
      typeof blocks === 'string'
        ? [blocks, usersOf(blocks)]
        : [csvOf(blocks), blocks.map(({ user }) => user)];
    const path = `${pathOf(numberId)}/import`;
    const text = { type: 'text/csv', content };
    const call = { method: 'POST', path, query: { when_closed: whenClosed }, text } as const;
    return await this.#bulk.stream({ users, numbers: [numberId] }, call, options);
  }
}

function pathOf(numberId: string): string {
  return `/blockhouse/v1/numbers/${encodeURIComponent(numberId)}/blocks`;
}
