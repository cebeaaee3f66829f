import { AmbiguousOutcome, unfinished } from '../ambiguous.ts';
import { BlockhouseError } from '../errors.ts';
import { Attempts } from '../transport/attempts.ts';
import { request } from '../transport/request.ts';
import type { Transport } from '../transport/transport.ts';
import { inputOf, type User } from '../user.ts';
import type { OwnRequest } from './api.ts';
import type { BulkOptions, BulkRequest, BulkResult } from './bulk.ts';
import { type BulkCall, interruptedOutcomeOf, outcomeOf } from './bulk-outcome.ts';
import { BulkResponse } from './bulk-response.ts';
import type { Numbers } from './numbers.ts';

/**
 * The time limit of a bulk call. A call of very many users takes long, and its results arrive all the time.
 */
const bulkTimeoutMs = 60 * 60 * 1000;

/** Calls for any number of users, whose results arrive as a stream. */
export class BulkCalls {
  readonly #transport: Transport;
  readonly #numbers: Numbers;

  constructor(transport: Transport, numbers: Numbers) {
    this.#transport = transport;
    this.#numbers = numbers;
  }

  /**
   * Makes a bulk call with a body of JSON.
   * @param fields further fields of the body. An undefined one is left out.
   * @throws AmbiguousOutcome when the call does not finish.
   */
  async change(
    path: string,
    { users, numbers: selected = ['*'], note }: BulkRequest,
    fields: Readonly<Record<string, unknown>>,
    options: BulkOptions,
  ): Promise<BulkResult> {
    const numbers = selected.includes('*') ? await this.#allNumbers(users, options) : [...new Set(selected)];
    // JSON leaves out undefined fields.
    const body = { users: users.map(inputOf), numbers: selected, note, ...fields };
    const call = { method: 'POST', path: `/blockhouse/v1/${path}`, body } as const;
    return await this.stream({ users, numbers }, call, options);
  }

  /**
   * Makes a bulk call and reads its results as they arrive. The idempotency key makes the call safe to retry.
   * @throws AmbiguousOutcome when the call does not finish.
   */
  async stream(
    target: Omit<BulkCall, 'run'>,
    call: OwnRequest,
    { signal, idempotencyKey: run = randomKey(), onProgress, onUnfinished }: BulkOptions,
  ): Promise<BulkResult> {
    const bulkCall = { ...target, run };
    const attempts = new Attempts();
    let response = new BulkResponse(onProgress);
    // The response of the attempt that came furthest. The next attempt returns the same rows again.
    let longest = response;
    const sent = {
      ...call,
      accept: 'application/x-ndjson',
      headers: { 'idempotency-key': run },
      attempts,
      onAttempt: () => {
        if (response.rows.length > longest.rows.length) longest = response;
        response = new BulkResponse(onProgress);
      },
      onText: (chunk: string) => response.take(chunk),
      isSuccess: (_body: unknown, status: number) => status === 200 && response.end !== null,
    };
    const limits = { timeoutMs: bulkTimeoutMs, deadlineMs: bulkTimeoutMs, ...(signal && { signal }) };
    try {
      await request(this.#transport, sent, limits);
    } catch (error) {
      const { rows } = response.rows.length > longest.rows.length ? response : longest;
      const { mayBeApplied } = attempts;
      const known = interruptedOutcomeOf(bulkCall, rows, { cause: error, mayBeApplied });
      onUnfinished?.(known);
      const isUntouched = rows.length === 0 && !mayBeApplied;
      const isFromCaller = signal?.aborted || !(error instanceof BlockhouseError);
      throw isUntouched || isFromCaller ? error : known;
    }
    const outcome = outcomeOf(bulkCall, response.rows, earlyEnd(response.end?.error));
    if (!(outcome instanceof AmbiguousOutcome)) return outcome;
    onUnfinished?.(outcome);
    throw outcome;
  }

  /**
   * The numbers that `*` stands for. A response that is cut off does not say which numbers are missing from
   * it.
   */
  async #allNumbers(
    users: readonly User[],
    { signal, onUnfinished }: BulkOptions,
  ): Promise<readonly string[]> {
    try {
      return (await this.#numbers.list(signal === undefined ? {} : { signal })).map(({ id }) => id);
    } catch (error) {
      onUnfinished?.(new AmbiguousOutcome({ remaining: users.map((user) => unfinished(user, null)) }, error));
      throw error;
    }
  }
}

/** A random key. `crypto.randomUUID()` exists only on pages with HTTPS. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The reason why the server ended the work early; undefined if it did not. */
function earlyEnd(error: unknown): BlockhouseError | undefined {
  return error === undefined
    ? undefined
    : new BlockhouseError(`the server ended the work early: ${JSON.stringify(error)}`);
}
