import { createTransport, type TransportOptions } from '../transport/transport.ts';
import { Activity } from './activity.ts';
import { Api } from './api.ts';
import { Blocks } from './blocks.ts';
import type { BulkBlockRequest, BulkOptions, BulkRequest, BulkResult } from './bulk.ts';
import { BulkCalls } from './bulk-calls.ts';
import { Deliveries } from './deliveries.ts';
import { Keys } from './keys.ts';
import { Numbers } from './numbers.ts';
import { Reviews } from './reviews.ts';
import { Rules } from './rules.ts';
import { Sandbox } from './sandbox.ts';
import { StandingBlocks } from './standing-blocks.ts';
import { Users } from './users.ts';

/**
 * The API that Blockhouse has and Meta does not have. With Meta as the server, every call throws
 * {@link NotFoundError}.
 */
export class Blockhouse {
  readonly numbers: Numbers;
  readonly deliveries: Deliveries;
  readonly keys: Keys;
  readonly blocks: Blocks;
  readonly standingBlocks: StandingBlocks;
  readonly activity: Activity;
  readonly users: Users;
  readonly rules: Rules;
  readonly reviews: Reviews;
  readonly sandbox: Sandbox;
  readonly #bulk: BulkCalls;

  /** @throws TypeError when an option is missing or invalid. The message says what to do. */
  constructor(options: TransportOptions) {
    const api = new Api(createTransport(options));
    this.numbers = new Numbers(api);
    this.#bulk = new BulkCalls(api.transport, this.numbers);
    this.deliveries = new Deliveries(api);
    this.keys = new Keys(api);
    this.blocks = new Blocks(api, this.#bulk);
    this.standingBlocks = new StandingBlocks(api, this.#bulk);
    this.activity = new Activity(api);
    this.users = new Users(api);
    this.rules = new Rules(api);
    this.reviews = new Reviews(api);
    this.sandbox = new Sandbox(api);
  }

  /**
   * Blocks any number of users on some or all numbers. With `whenClosed: 'standing'`, users who did not write
   * within the last 24 hours are blocked at their next message.
   * @throws AmbiguousOutcome when the call does not finish. A call with the same `idempotencyKey` resumes it.
   */
  block(request: BulkBlockRequest, options: BulkOptions = {}): Promise<BulkResult> {
    const { until, whenClosed, ...rest } = request;
    return this.#bulk.change('blocks', rest, { until, when_closed: whenClosed }, options);
  }

  /**
   * Unblocks any number of users on some or all numbers, and withdraws their standing blocks.
   * @throws AmbiguousOutcome when the call does not finish. A call with the same `idempotencyKey` resumes it.
   */
  unblock(request: BulkRequest, options: BulkOptions = {}): Promise<BulkResult> {
    return this.#bulk.change('unblocks', request, {}, options);
  }
}
