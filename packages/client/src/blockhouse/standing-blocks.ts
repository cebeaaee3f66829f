import type { RequestOptions } from '../transport/options.ts';
import type { Api } from './api.ts';
import type { BlockDetails, ListQuery } from './blocks.ts';
import type { BulkOptions, BulkRequest, BulkResult, BulkStandingRequest } from './bulk.ts';
import type { BulkCalls } from './bulk-calls.ts';
import type { Attribution, ListPage, PageQuery } from './lists.ts';

/** A standing block: the user is blocked at their next message. All times are ISO 8601. */
export interface StandingBlock extends Attribution, Pick<BlockDetails, 'waId' | 'userId' | 'name'> {
  readonly placedAt: string;
  /** The expiry of the standing block, or of the block that follows; null if there is none. */
  readonly until: string | null;
  /** The time of the user's last message; null if the user has never written to the number. */
  readonly lastInboundAt: string | null;
}

/** Standing blocks, which wait for a user's next message. */
export class StandingBlocks {
  readonly #api: Api;
  readonly #bulk: BulkCalls;

  constructor(api: Api, bulk: BulkCalls) {
    this.#api = api;
    this.#bulk = bulk;
  }

  /** Iterates over the standing blocks of a number. */
  list(
    numberId: string,
    query: Pick<ListQuery, 'search'> = {},
    options: RequestOptions = {},
  ): AsyncGenerator<StandingBlock, void> {
    return this.#api.rows(pathOf(numberId), query, options);
  }

  /** Gets one page of the standing blocks of a number. */
  page(
    numberId: string,
    query: Pick<ListQuery, 'search'> & PageQuery = {},
    options: RequestOptions = {},
  ): Promise<ListPage<StandingBlock>> {
    return this.#api.page(pathOf(numberId), query, options);
  }

  /**
   * Places standing blocks for any number of users.
   * @throws AmbiguousOutcome when the call does not finish.
   */
  place({ until, ...request }: BulkStandingRequest, options: BulkOptions = {}): Promise<BulkResult> {
    return this.#bulk.change('standing-blocks', request, { until }, options);
  }

  /**
   * Withdraws the standing blocks of any number of users.
   * @throws AmbiguousOutcome when the call does not finish.
   */
  withdraw(request: BulkRequest, options: BulkOptions = {}): Promise<BulkResult> {
    return this.#bulk.change('standing-blocks/withdrawals', request, {}, options);
  }
}

function pathOf(numberId: string): string {
  return `/blockhouse/v1/numbers/${encodeURIComponent(numberId)}/standing-blocks`;
}
