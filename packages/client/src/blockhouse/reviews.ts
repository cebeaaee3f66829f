import { type RequestOptions, withoutRetries } from '../transport/options.ts';
import type { Api } from './api.ts';
import type { ListPage } from './lists.ts';
import { hasLists, isList } from './responses.ts';

/** A message that an auto-block rule shows to a person. */
export interface Review {
  readonly id: string;
  /**
   * `held`: it waits, and later messages of its sender wait behind it. `kept`: it was dropped, and its sender is to be
   * blocked. `flagged`: it has passed.
   */
  readonly kind: 'held' | 'kept' | 'flagged';
  /** The rule; its name is null if the rule was deleted. */
  readonly rule: { readonly id: string; readonly name: string | null };
  readonly waId: string;
  readonly sender: {
    /** `standing`: a standing block waits, such as while Meta has not confirmed the block. */
    readonly state: 'blocked' | 'standing' | 'not_blocked';
    /** The outcome of the last attempt to block a sender who is not blocked; null: none has failed. */
    readonly refused: string | null;
  };
  /** ISO 8601. */
  readonly receivedAt: string;
  /** The webhook that the message caused, or causes when it is released, as Meta writes it. */
  readonly webhook: unknown;
}

/** `release` delivers a message, `discard` drops it permanently, and `approve` is for one that has passed. */
export type ReviewDecision = 'release' | 'discard' | 'approve';

/** The messages of a number that wait for a decision. */
export class Reviews {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Iterates over the messages that wait, oldest first. */
  async *list(numberId: string, options: RequestOptions = {}): AsyncGenerator<Review, void> {
    for (let after: string | null | undefined; after !== null; ) {
      const page: ListPage<Review> = await this.page(numberId, after === undefined ? {} : { after }, options);
      yield* page.rows;
      after = page.after;
    }
  }

  /** Gets one page of the messages that wait. */
  async page(
    numberId: string,
    { after, limit = 100 }: { readonly after?: string; readonly limit?: number } = {},
    options: RequestOptions = {},
  ): Promise<ListPage<Review>> {
    const query = { limit: String(limit), ...(after !== undefined && { after }) };
    const call = { method: 'GET', path: pathOf(numberId), query } as const;
    const { data, total, paging } = (await this.#api.document(call, options, isList)) as {
      data: readonly ReviewRow[];
      total: number;
      paging: { after?: string };
    };
    return { rows: data.map(readRow), total, after: paging.after ?? null };
  }

  /**
   * Decides on messages. Each is decided once: those that somebody else has decided meanwhile are in `gone`. The call
   * is not retried, because a retry would find the messages gone that an earlier attempt has decided.
   */
  async decide(
    numberId: string,
    ids: readonly string[],
    decision: ReviewDecision,
    options: RequestOptions = {},
  ): Promise<{ readonly decided: readonly string[]; readonly gone: readonly string[] }> {
    const call = { method: 'POST', path: pathOf(numberId), body: { ids, decision } } as const;
    const isSuccess = hasLists('decided', 'gone');
    return (await this.#api.document(call, withoutRetries(options), isSuccess)) as {
      decided: string[];
      gone: string[];
    };
  }
}

interface ReviewRow extends Pick<Review, 'id' | 'kind' | 'rule' | 'sender' | 'webhook'> {
  readonly wa_id: string;
  readonly received_at: string;
}

/** The webhook keeps its field names. */
function readRow({ wa_id: waId, received_at: receivedAt, ...rest }: ReviewRow): Review {
  return { ...rest, waId, receivedAt };
}

function pathOf(numberId: string): string {
  return `/blockhouse/v1/numbers/${encodeURIComponent(numberId)}/reviews`;
}
