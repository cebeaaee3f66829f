import { isUtf8 } from 'node:buffer';
import {
  type Clock,
  decideIngest,
  type IngestOutcome,
  type NumberRecord,
  readUser,
  type Store,
  type WebhookItem,
} from '@blockhouse/engine';
import type { AutoBlock } from '../auto-block/auto-block.ts';
import type { MessageArchive } from '../auto-block/message-archive.ts';
import type { StandingPlacements } from '../blocklists/cloud/standing-placements.ts';
import type { MetaClients } from '../meta-client/clients.ts';
import { isSameSecret } from '../shared/constant-time.ts';
import type { UserDirectory } from '../users/directory.ts';
import { mentionedIds, NotAWebhook, type ParsedItem, parseItems } from './parse-webhook.ts';
import { verifySignature } from './verify-signature.ts';

/** How often the time of a number's last webhook is stored. */
const storeLastWebhookEveryMs = 10 * 60_000;

/** The outcomes of the items of one webhook. */
export interface IngestResult {
  readonly admitted: number;
  readonly dropped: number;
  readonly held: number;
  /** Messages that arrived a day or more after they were written. */
  readonly late: number;
  /** Items about numbers that are not registered here. */
  readonly unknown: number;
}

/**
 * Processes Meta's webhooks about `cloud` numbers. Messages open windows and trigger standing blocks. Items
 * that are not dropped are forwarded to the business through the outbox. Everything is durable before the
 * webhook is acknowledged.
 */
export class MetaIngest {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #metaClients: MetaClients;
  readonly #directory: UserDirectory;
  readonly #placements: StandingPlacements;
  readonly #autoBlock: AutoBlock;
  readonly #archive: MessageArchive;
  readonly #wakeDelivery: (numberId: string) => void;
  /** When the time of each number's last webhook was stored. */
  readonly #storedAtMs = new Map<string, number>();

  constructor(options: {
    store: Store;
    clock: Clock;
    metaClients: MetaClients;
    directory: UserDirectory;
    placements: StandingPlacements;
    autoBlock: AutoBlock;
    archive: MessageArchive;
    wakeDelivery: (numberId: string) => void;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#metaClients = options.metaClients;
    this.#directory = options.directory;
    this.#placements = options.placements;
    this.#autoBlock = options.autoBlock;
    this.#archive = options.archive;
    this.#wakeDelivery = options.wakeDelivery;
  }

  /** Whether a verify token is the one of a number. Meta sends it in the handshake. */
  async isVerifyToken(verifyToken: string): Promise<boolean> {
    const tokens = (await this.#cloudNumbers()).map(
      (number) => this.#metaClients.secretsOf(number).verifyToken,
    );
    // All tokens are compared, so that the duration does not reveal which one matches.
    return tokens.filter((token) => token !== null && isSameSecret(token, verifyToken)).length > 0;
  }

  /**
   * Processes one webhook.
   * @param signature the header `X-Hub-Signature-256`.
   * @throws NotAWebhook, NotSigned
   */
  async ingest(raw: Buffer, signature: string): Promise<IngestResult> {
    if (!isUtf8(raw)) throw new NotAWebhook('The body is not valid UTF-8.');
    const text = raw.toString('utf8');
    const numbers = await this.#cloudNumbers();
    verifySignature(raw, signature, {
      numbers,
      mentioned: mentionedIds(text),
      appSecretOf: (number) => this.#metaClients.secretsOf(number).appSecret,
    });
    const items = parseItems(text, this.#clock());
    const groups = groupByNumber(items, numbers);
    const result = { admitted: 0, dropped: 0, held: 0, late: 0, unknown: items.length };
    for (const [number, own] of groups) {
      const { admitted, dropped, held, late } = await this.#ingestFor(number, own);
      result.admitted += admitted;
      result.dropped += dropped;
      result.held += held;
      result.late += late;
      result.unknown -= own.length;
    }
    return result;
  }

  /** When Meta last sent a webhook about a number, to any process; null if never. */
  async lastWebhookAtMs({ id }: NumberRecord): Promise<number | null> {
    const { lastWebhookAtMs } = this.#metaClients.channel(id).health;
    if (lastWebhookAtMs !== null) return lastWebhookAtMs;
    return await this.#store.lastWebhookMs(id);
  }

  /** Places standing blocks of a number again, after a change that may let them succeed. */
  wake(numberId: string): void {
    this.#placements.wake(numberId);
  }

  async #ingestFor(number: NumberRecord, parsed: readonly ParsedItem[]): Promise<IngestOutcome> {
    const claims = parsed.flatMap((item) => item.claims);
    await this.#directory.record(number, claims);
    await this.#recordWebhook(number);
    const items = await this.#resolveUsers(number, parsed);
    const users = [...new Set(items.flatMap(({ user }) => user ?? []))];
    const messageIds = [...new Set(items.map(({ key }) => key))];
    const atMs = this.#clock();
    const messages = items.map(({ key, user, message }, index) =>
      user === null || message === null
        ? null
        : { id: key, from: user, name: message.name, content: parsed[index]?.content ?? {} },
    );
    const autoBlock = await this.#autoBlock.prepare(number, messages, atMs);
    const outcome = await this.#store.change(number.id, { users, messageIds }, (facts) =>
      decideIngest(facts, items, { atMs, autoBlock }),
    );
    if (autoBlock !== null) this.#autoBlock.settle(number, autoBlock, outcome, atMs);
    this.#archive.keep(number, messages, atMs);
    this.#wakeDelivery(number.id);
    if (outcome.triggered.length > 0) this.#placements.wake(number.id);
    return outcome;
  }

  async #resolveUsers(number: NumberRecord, parsed: readonly ParsedItem[]): Promise<readonly WebhookItem[]> {
    const ids = await this.#directory.lookup(number, { texts: parsed.flatMap(namesOf) });
    return parsed.map((item): WebhookItem => {
      const [name] = namesOf(item);
      const ref = name === undefined ? null : readUser(name, ids);
      const { key, message, isOutbound, body } = item;
      return { key, message, isOutbound, body, user: ref?.kind === 'user' ? ref.waId : null };
    });
  }

  /** Stores the time of the last webhook now and then, so that it survives a restart. */
  async #recordWebhook({ id }: NumberRecord): Promise<void> {
    this.#metaClients.channel(id).recordWebhook();
    const atMs = this.#clock();
    const storedAtMs = this.#storedAtMs.get(id);
    if (storedAtMs !== undefined && Math.abs(atMs - storedAtMs) < storeLastWebhookEveryMs) return;
    this.#storedAtMs.set(id, atMs);
    await this.#store.putLastWebhook(id, atMs);
  }

  async #cloudNumbers(): Promise<readonly NumberRecord[]> {
    return (await this.#store.numbers()).filter(({ upstream }) => upstream !== null);
  }
}

/**
 * Groups items by number. An item about a business account belongs to its first number. Items of other
 * numbers are left out.
 */
function groupByNumber(
  items: readonly ParsedItem[],
  numbers: readonly NumberRecord[],
): ReadonlyMap<NumberRecord, readonly ParsedItem[]> {
  const groups = new Map<NumberRecord, ParsedItem[]>();
  for (const item of items) {
    const number =
      item.numberId === null
        ? numbers.find(({ wabaId }) => wabaId === item.wabaId)
        : numbers.find(({ id }) => id === item.numberId);
    if (number === undefined) continue;
    const group = groups.get(number);
    if (group === undefined) groups.set(number, [item]);
    else group.push(item);
  }
  return groups;
}

/** The names of an item's user. The ID comes first, because the directory maps it to the user's phone. */
function namesOf({ phone, userId }: ParsedItem): readonly string[] {
  return [userId, phone].filter((name) => name !== null);
}
