import { type RequestOptions, withoutRetries } from '../transport/options.ts';
import type { Api } from './api.ts';
import type { ListPage, PageQuery } from './lists.ts';
import { isDone, isObject } from './responses.ts';

/** A webhook on its way to your receiver, or one of the last day. All times are ISO 8601. */
export interface Delivery {
  readonly id: string;
  readonly waId: string;
  readonly messageId: string | null;
  readonly createdAt: string;
  /**
   * `kept`: its message was dropped, and waits for a review. `discarded`: a person has decided that it is never
   * delivered. `given_up`: your receiver did not acknowledge it in seven days.
   */
  readonly state: 'waiting' | 'delivered' | 'given_up' | 'kept' | 'discarded';
  readonly attemptCount: number;
  /** Null if it was not tried yet. */
  readonly lastAttempt: {
    readonly at: string;
    /** The status of the receiver; null if there was no response. */
    readonly status: number | null;
    /** Why the attempt does not count as delivered. */
    readonly problem: string | null;
  } | null;
}

/** The result of a test webhook. */
export interface TestDelivery {
  readonly delivered: boolean;
  /** Null if the receiver did not respond. */
  readonly status: number | null;
  readonly problem: string | null;
}

/** The webhooks of a number. To send them again and to test, a key needs the role `admin`. */
export class Deliveries {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Gets one page of the webhooks that wait and of those of the last day, oldest first. Its `total` is null. */
  page(
    numberId: string,
    query: { readonly state?: Delivery['state'] } & PageQuery = {},
    options: RequestOptions = {},
  ): Promise<ListPage<Delivery>> {
    return this.#api.page(pathOf(numberId), query, options);
  }

  /** Sends a webhook again that was delivered or given up. @throws NotFoundError when it is not there any more. */
  async redeliver(numberId: string, id: string, options: RequestOptions = {}): Promise<void> {
    const path = `${pathOf(numberId)}/${encodeURIComponent(id)}/redeliver`;
    await this.#api.request({ method: 'POST', path, body: {} }, withoutRetries(options), isDone);
  }

  /** Sends all webhooks now that wait for their next attempt. */
  async retryNow(numberId: string, options: RequestOptions = {}): Promise<void> {
    const path = `${pathOf(numberId)}/retry`;
    await this.#api.request({ method: 'POST', path, body: {} }, options, isDone);
  }

  /** Sends a sample message to the receiver of a number. A receiver that fails is a result, not an error. */
  async test(numberId: string, options: RequestOptions = {}): Promise<TestDelivery> {
    const call = { method: 'POST', path: `${pathOf(numberId)}/test`, body: {} } as const;
    return (await this.#api.request(call, withoutRetries(options), isObject)) as TestDelivery;
  }
}

function pathOf(numberId: string): string {
  return `/blockhouse/v1/numbers/${encodeURIComponent(numberId)}/deliveries`;
}
