import { has, isDone, type OwnRequest } from './answers.ts';
import { type ApiRequest, once, type RequestOptions } from './request.ts';

/** The outcome of a message that a sandbox's user wrote. */
export interface SaidMessage {
  readonly id: string;
  /** `delivered`: two gray ticks, the business has it. `sent`: one, and it stays there: the user is blocked. */
  readonly status: 'delivered' | 'sent';
}

/** The sandbox's clock. */
export interface ClockInfo {
  /** ISO 8601. */
  readonly now: string;
  readonly mode: 'real' | 'offset' | 'frozen';
}

/** The fault to inject, and when. */
export interface FaultOrder {
  readonly operation: 'block' | 'unblock' | 'list' | 'send' | 'inbound' | 'webhook';
  /** A `phone_number_id`; left out: any. */
  readonly number?: string;
  /** A `wa_id` or phone; left out: any. */
  readonly user?: string;
  /** `always` when left out. */
  readonly when?: 'always' | { readonly times: number } | { readonly every: number };
  /** `duplicate` and `reorder` are for the operation `webhook`: sent twice, or behind the user's next webhook. */
  readonly what:
    | { readonly code: number }
    | { readonly delayMs: number }
    | { readonly disconnect: true }
    | { readonly duplicate: true }
    | { readonly reorder: true };
}

type Send = (call: OwnRequest, options: RequestOptions, isAnswer: ApiRequest['isAnswer']) => Promise<unknown>;

/** The controls of a server that runs with `--sandbox`; elsewhere every call ends with a {@link NotFoundError}. */
export class Sandbox {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Writes to a number as a user. `to` is a `phone_number_id` or a display phone; the only number when left out. */
  async say(
    user: string,
    text: string,
    options: RequestOptions & { to?: string } = {},
  ): Promise<SaidMessage> {
    const { to, ...requestOptions } = options;
    const path = `/sandbox/users/${encodeURIComponent(user)}/messages`;
    const call = { method: 'POST', path, body: { text, ...(to !== undefined && { to }) } } as const;
    return (await this.#send(call, once(requestOptions), has('id', 'status'))) as SaidMessage;
  }

  /** Moves the clock on by a span such as `25h`, `90m` or `1d12h`. */
  async advance(span: string, options: RequestOptions = {}): Promise<ClockInfo> {
    const call = { method: 'POST', path: '/sandbox/clock', body: { advance: span } } as const;
    return (await this.#send(call, once(options), has('now', 'mode'))) as ClockInfo;
  }

  /** Orders a fault. @returns its ID, by which it can be removed. */
  async fault(order: FaultOrder, options: RequestOptions = {}): Promise<{ readonly id: string }> {
    const call = { method: 'POST', path: '/sandbox/faults', body: order } as const;
    return (await this.#send(call, once(options), has('id'))) as { id: string };
  }

  /** Takes all ordered faults back. */
  async clearFaults(options: RequestOptions = {}): Promise<void> {
    await this.#send({ method: 'DELETE', path: '/sandbox/faults' }, options, isDone);
  }

  /** As at the first start; keys stay. */
  async reset(options: RequestOptions = {}): Promise<void> {
    await this.#send({ method: 'POST', path: '/sandbox/reset' }, options, isDone);
  }
}
