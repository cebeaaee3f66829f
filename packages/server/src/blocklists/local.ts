import {
  applyMagicUsers,
  type Clock,
  decideBlocklist,
  decideExpiry,
  decideInbound,
  decideNumberChanged,
  decideRead,
  decideSend,
  type Facts,
  type InboundMessage,
  type InboundOutcome,
  magicUsers,
  makePage,
  type NumberChange,
  type NumberRecord,
  type OutboundMessage,
  type Outcome,
  type Page,
  type PageRequest,
  type RenderMessage,
  type RenderNumberChange,
  type RenderStatus,
  rowRange,
  type SendOutcome,
  type Store,
  type Target,
  type WaId,
  waIdsOf,
} from '@blockhouse/engine';
import type { AutoBlock } from '../auto-block/auto-block.ts';
import type { MessageArchive } from '../auto-block/message-archive.ts';
import type { UserDirectory } from '../users/directory.ts';
import { isPhoneWithVariants } from '../users/names.ts';
import { type BlocklistCall, type Platform, setsEnd, type UserStatus } from './platform.ts';

/** Blocks that end in one transaction. */
const overdueAtOnce = 500;

/** A magic user asked for an internal error (139103). */
export class MagicFault extends Error {
  override readonly name = 'MagicFault';
}

/** The webhooks with which the platform informs businesses. */
export interface PlatformEvents {
  readonly message: RenderMessage;
  readonly status: RenderStatus;
  readonly numberChange: RenderNumberChange;
  /** Called when a number may have something to deliver. */
  readonly wake: (numberId: string) => void;
  /** Called when something on a number ends by itself at a time that is new. */
  readonly ends: (numberId: string) => void;
}

/**
 * The `local` platform: Blockhouse itself owns the blocklists and enforces them at its edge. Every method takes one
 * reading of the clock and hands the engine's rules to the store.
 */
export class LocalPlatform implements Platform {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #names: UserDirectory;
  readonly #sandbox: boolean;
  readonly #notifying: PlatformEvents;
  readonly #autoBlock: AutoBlock;
  readonly #archive: MessageArchive;

  constructor(options: {
    store: Store;
    clock: Clock;
    names: UserDirectory;
    sandbox: boolean;
    notifying: PlatformEvents;
    autoBlock: AutoBlock;
    archive: MessageArchive;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#names = options.names;
    this.#sandbox = options.sandbox;
    this.#notifying = options.notifying;
    this.#autoBlock = options.autoBlock;
    this.#archive = options.archive;
  }

  async change(call: BlocklistCall, targets: readonly Target[]): Promise<readonly Outcome[]> {
    const { operation, numberId, actor, terms = {}, whenClosed = 'refuse' } = call;
    const isKept = operation === 'block' || operation === 'standing_block';
    const number = isKept ? await this.#numberWithVariants(numberId, targets) : null;
    const meant = number === null ? targets : await this.#names.recordTargets(number, targets);
    const users = [...new Set(waIdsOf(meant))];
    this.#refuseFaulty(users);
    const request = { operation, targets: meant, actor, terms, whenClosed, atMs: this.#clock() };
    const outcomes = await this.#store.change(numberId, { users }, (facts) =>
      decideBlocklist(this.#seen(facts, request.atMs), request),
    );
    // A user may have written under another spelling since the names were kept.
    if (number !== null) await this.#names.moveWritten(number, meant, request.atMs);
    if (setsEnd(call, targets)) this.#notifying.ends(numberId);
    return outcomes;
  }

  /** The number, if a target's phone can be spelled in two ways; null: there are no names to keep, as for most users. */
  async #numberWithVariants(numberId: string, targets: readonly Target[]): Promise<NumberRecord | null> {
    return targets.some(isPhoneWithVariants) ? await this.#store.number(numberId) : null;
  }

  async expire(numberId: string): Promise<null> {
    const atMs = this.#clock();
    while (true) {
      const users = await this.#store.expired(numberId, atMs, overdueAtOnce);
      if (users.length === 0) return null;
      await this.#store.change(numberId, { users }, (facts) => decideExpiry(facts, atMs));
    }
  }

  /** One page of the blocklist, or `conflict` when the cursor is of an older version of it. */
  async list(numberId: string, request: PageRequest): Promise<Page | 'conflict'> {
    const range = rowRange(request);
    return makePage(request, range, await this.#store.rows(numberId, range));
  }

  /** Admits or drops users' messages to the business. */
  async inbound(number: NumberRecord, messages: readonly InboundMessage[]): Promise<InboundOutcome> {
    const { id: numberId, webhook } = number;
    const atMs = this.#clock();
    const users = [...new Set(messages.map(({ from }) => from))];
    const autoBlock = await this.#autoBlock.prepare(number, messages, atMs);
    const mayNotify = webhook !== null || autoBlock?.rules.reviews === true;
    const messageIds = mayNotify ? [...new Set(messages.map(({ id }) => id))] : [];
    const { message: render } = this.#notifying;
    const outcome = await this.#store.change(numberId, { users, messageIds }, (facts) =>
      decideInbound(this.#seen(facts, atMs), messages, { atMs, render, autoBlock }),
    );
    if (autoBlock !== null) this.#autoBlock.settle(number, autoBlock, outcome, atMs);
    this.#archive.keep(number, messages, atMs);
    if (mayNotify) this.#notifying.wake(numberId);
    return outcome;
  }

  /** The business's message to a user. */
  async send({ id: numberId, webhook }: NumberRecord, message: OutboundMessage): Promise<SendOutcome> {
    this.#refuseFaulty([message.to]);
    const atMs = this.#clock();
    const users = [message.to];
    const decide = (facts: Facts) =>
      decideSend(this.#seen(facts, atMs), message, {
        atMs,
        render: this.#notifying.status,
        delivers: this.#sandbox,
      });
    if (webhook === null) {
      const { answer, change } = decide(await this.#store.facts(numberId, users));
      if (change === null) return answer;
    }
    const outcome = await this.#store.change(numberId, { users }, decide);
    this.#notifying.wake(numberId);
    return outcome;
  }

  /** A user has read a message: the business is told. */
  async read(numberId: string, { id, to }: Pick<OutboundMessage, 'id' | 'to'>): Promise<void> {
    const atMs = this.#clock();
    const callbackData = await this.#store.callbackData(numberId, id);
    const message = { id, to, isTemplate: false, callbackData };
    await this.#store.change(numberId, { users: [message.to] }, (facts) =>
      decideRead(this.#seen(facts, atMs), message, { atMs, render: this.#notifying.status }),
    );
    this.#notifying.wake(numberId);
  }

  /** A user has got another number, which everything about them has moved to: the business is told. */
  async numberChanged(numberId: string, change: NumberChange): Promise<void> {
    const atMs = this.#clock();
    await this.#store.change(numberId, { users: [change.to] }, (facts) =>
      decideNumberChanged(this.#seen(facts, atMs), change, { atMs, render: this.#notifying.numberChange }),
    );
    this.#notifying.wake(numberId);
  }

  async readUser(numberId: string, user: WaId): Promise<UserStatus> {
    const facts = this.#seen(await this.#store.facts(numberId, [user]), this.#clock());
    return { facts, platformFails: false, isVariant: false };
  }

  /** Magic users exist only in the sandbox. */
  #seen(facts: Facts, atMs: number): Facts {
    return this.#sandbox ? applyMagicUsers(facts, atMs) : facts;
  }

  #refuseFaulty(users: readonly WaId[]): void {
    if (this.#sandbox && users.some((waId) => magicUsers.get(waId) === 'internal_error')) {
      throw new MagicFault('a magic user asked for an internal error');
    }
  }
}
