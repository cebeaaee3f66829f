import type { RequestOptions } from '../transport/options.ts';
import type { Api } from './api.ts';
import type { Attribution, ListPage, PageQuery } from './lists.ts';

/** One attempt to change a blocklist, including refused ones. */
export interface ActivityEntry extends Attribution {
  /** ISO 8601. */
  readonly at: string;
  /** The `phone_number_id`. */
  readonly number: string;
  readonly operation: 'block' | 'unblock' | 'standing_block' | 'withdraw' | 'release' | 'discard' | 'approve';
  /** The user as the request named them. */
  readonly user: string;
  readonly waId: string | null;
  /** `done`, `unchanged`, `standing`, `expired`, `unknown`, `failed`, or the reason of a refusal. */
  readonly outcome: string;
}

/** The entries to select. A filter that is left out selects all of them. */
export interface ActivityFilter {
  /** A `phone_number_id`. */
  readonly number?: string;
  readonly user?: string;
  readonly operation?: ActivityEntry['operation'];
  readonly outcome?: string;
  /** The ID of a key. */
  readonly key?: string;
  readonly person?: string;
  readonly source?: string;
  /** ISO 8601, inclusive. */
  readonly from?: string;
  /** ISO 8601, exclusive. */
  readonly to?: string;
}

/** The log of all attempts to change a blocklist. */
export class Activity {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Iterates over the entries, newest first. */
  list(filter: ActivityFilter = {}, options: RequestOptions = {}): AsyncGenerator<ActivityEntry, void> {
    return this.#api.rows('/blockhouse/v1/activity', filter, options);
  }

  /** Gets one page of the entries, newest first. Its `total` is null. */
  page(
    query: ActivityFilter & PageQuery = {},
    options: RequestOptions = {},
  ): Promise<ListPage<ActivityEntry>> {
    return this.#api.page('/blockhouse/v1/activity', query, options);
  }
}
