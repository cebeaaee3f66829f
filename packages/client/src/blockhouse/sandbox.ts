import { type RequestOptions, withoutRetries } from '../transport/options.ts';
import type { Api } from './api.ts';
import { hasTexts, isDone } from './responses.ts';

/** A message that a user of the sandbox wrote. */
export interface SandboxMessage {
  readonly id: string;
  /**
   * `delivered` (two gray ticks) if the business received it; `sent` (one gray tick) if the user is blocked.
   */
  readonly status: 'delivered' | 'sent';
}

/** The clock of the sandbox. */
export interface ClockInfo {
  /** ISO 8601. */
  readonly now: string;
  readonly mode: 'real' | 'offset' | 'frozen';
}

/** A fault to inject. */
export interface Fault {
  /** The operation that fails. */
  readonly operation: 'block' | 'unblock' | 'list' | 'send' | 'inbound' | 'webhook';
  /** A `phone_number_id`; any number by default. */
  readonly number?: string;
  /** A `wa_id` or phone number; any user by default. */
  readonly user?: string;
  /** The requests that fail: all (the default), the next ones, or every nth one. */
  readonly when?: 'always' | { readonly times: number } | { readonly every: number };
  /**
   * The effect. `duplicate` sends a webhook twice, and `reorder` sends it after the user's next one. Both
   * apply only to the operation `webhook`.
   */
  readonly what:
    | { readonly code: number }
    | { readonly delayMs: number }
    | { readonly disconnect: true }
    | { readonly duplicate: true }
    | { readonly reorder: true };
}

/**
 * The controls of a server that runs with `--sandbox`. On any other server, every call rejects with a
 * {@link NotFoundError}.
 */
export class Sandbox {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /**
   * Writes a message to a number as a user. The call is not retried, because a retry could write a second
   * message.
   * @param options.to the number, as a `phone_number_id` or a display phone number; optional if there is only
   * one.
   */
  async sendMessage(
    user: string,
    text: string,
    options: RequestOptions & { readonly to?: string } = {},
  ): Promise<SandboxMessage> {
    const { to, ...requestOptions } = options;
    const path = `/sandbox/users/${encodeURIComponent(user)}/messages`;
    const call = { method: 'POST', path, body: { text, ...(to !== undefined && { to }) } } as const;
    const isSuccess = hasTexts('id', 'status');
    return (await this.#api.request(call, withoutRetries(requestOptions), isSuccess)) as SandboxMessage;
  }

  /** Moves the clock forward by a duration such as `25h`, `90m`, or `1d12h`. The call is not retried. */
  async advanceClock(duration: string, options: RequestOptions = {}): Promise<ClockInfo> {
    const call = { method: 'POST', path: '/sandbox/clock', body: { advance: duration } } as const;
    const isSuccess = hasTexts('now', 'mode');
    return (await this.#api.request(call, withoutRetries(options), isSuccess)) as ClockInfo;
  }

  /** Injects a fault. The call is not retried. @returns the ID of the fault. */
  async injectFault(fault: Fault, options: RequestOptions = {}): Promise<{ readonly id: string }> {
    const call = { method: 'POST', path: '/sandbox/faults', body: fault } as const;
    return (await this.#api.request(call, withoutRetries(options), hasTexts('id'))) as { id: string };
  }

  /** Removes all injected faults. */
  async clearFaults(options: RequestOptions = {}): Promise<void> {
    await this.#api.request({ method: 'DELETE', path: '/sandbox/faults' }, options, isDone);
  }

  /** Returns the sandbox to its first state. Keys are kept. */
  async reset(options: RequestOptions = {}): Promise<void> {
    await this.#api.request({ method: 'POST', path: '/sandbox/reset' }, options, isDone);
  }
}
