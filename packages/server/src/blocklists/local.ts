import {
  type BlocklistRequest,
  type Clock,
  decideBlocklist,
  decideInbound,
  decideSend,
  type Facts,
  type InboundMessage,
  type InboundOutcome,
  magicUsers,
  makePage,
  type Outcome,
  type Page,
  type PageRequest,
  rowRange,
  type SendOutcome,
  type Store,
  type Target,
  type WaId,
  withMagic,
} from '@blockhouse/engine';

/** A magic user asked for an internal error (139103). */
export class MagicFault extends Error {
  override readonly name = 'MagicFault';
}

/** Who asks for a change of a blocklist, and where. */
export interface BlocklistCall {
  readonly numberId: string;
  readonly keyId: string;
}

/**
 * The `local` platform: Blockhouse itself owns the blocklists and enforces them at its edge. Every method takes one
 * reading of the clock and hands the engine's rules to the store.
 */
export class LocalPlatform {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #sandbox: boolean;

  constructor({ store, clock, sandbox }: { store: Store; clock: Clock; sandbox: boolean }) {
    this.#store = store;
    this.#clock = clock;
    this.#sandbox = sandbox;
  }

  /** Blocks users: one outcome per target, in order. */
  block(call: BlocklistCall, targets: readonly Target[]): Promise<readonly Outcome[]> {
    return this.#changeBlocklist('block', call, targets);
  }

  /** Unblocks users: one outcome per target, in order. */
  unblock(call: BlocklistCall, targets: readonly Target[]): Promise<readonly Outcome[]> {
    return this.#changeBlocklist('unblock', call, targets);
  }

  /** One page of the blocklist, or `conflict` when the cursor is of an older version of it. */
  async list(numberId: string, request: PageRequest): Promise<Page | 'conflict'> {
    const range = rowRange(request);
    return makePage(request, range, await this.#store.rows(numberId, range));
  }

  /** Users' messages to the business: what was admitted, what was dropped. */
  inbound(numberId: string, messages: readonly InboundMessage[]): Promise<InboundOutcome> {
    const users = [...new Set(messages.map(({ from }) => from))];
    const atMs = this.#clock();
    return this.#store.change(numberId, users, (facts) =>
      decideInbound(this.#seen(facts, atMs), messages, atMs),
    );
  }

  /** The business's message to a user. */
  async send(numberId: string, to: WaId): Promise<SendOutcome> {
    this.#refuseFaulty([to]);
    const atMs = this.#clock();
    return decideSend(this.#seen(await this.#store.facts(numberId, [to]), atMs), to, atMs);
  }

  /** What is known of a user at a number. */
  async facts(numberId: string, user: WaId): Promise<Facts> {
    return this.#seen(await this.#store.facts(numberId, [user]), this.#clock());
  }

  async #changeBlocklist(
    operation: BlocklistRequest['operation'],
    { numberId, keyId }: BlocklistCall,
    targets: readonly Target[],
  ): Promise<readonly Outcome[]> {
    const users = [...new Set(targets.flatMap(({ ref }) => (ref.kind === 'user' ? [ref.waId] : [])))];
    this.#refuseFaulty(users);
    const request = { operation, targets, keyId, atMs: this.#clock() };
    return this.#store.change(numberId, users, (facts) =>
      decideBlocklist(this.#seen(facts, request.atMs), request),
    );
  }

  /** Magic users exist only in the sandbox. */
  #seen(facts: Facts, atMs: number): Facts {
    return this.#sandbox ? withMagic(facts, atMs) : facts;
  }

  #refuseFaulty(users: readonly WaId[]): void {
    if (this.#sandbox && users.some((waId) => magicUsers.get(waId) === 'internal_error')) {
      throw new MagicFault('a magic user asked for an internal error');
    }
  }
}
