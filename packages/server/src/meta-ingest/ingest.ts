import { isUtf8 } from 'node:buffer';
import { createHmac } from 'node:crypto';
import {
  type Clock,
  decideIngest,
  type IngestOutcome,
  type NumberRecord,
  neverExpiresMs,
  readUser,
  type Store,
  type WebhookItem,
  webhookRetentionMs,
} from '@blockhouse/engine';
import type { StandingPlacements } from '../blocklists/cloud/standing-placements.ts';
import type { MetaClients } from '../meta-client/clients.ts';
import { isSameSecret, isSameText } from '../shared/constant-time.ts';
import type { UserDirectory } from '../users/directory.ts';
import { mentionedIds, NotAWebhook, type ParsedItem, parseItems } from './parse-webhook.ts';

/** Numbers whose apps may have signed a body that names none of ours. */
const strangersMax = 16;

/** How often it is kept when the last webhook of a number came. */
const keepEveryMs = 10 * 60_000;

/** How many messages of a webhook came to what. */
export interface IngestResult {
  readonly admitted: number;
  readonly dropped: number;
  /** Messages that came a day or more after they were written. */
  readonly late: number;
  /** Items about numbers that are not registered here. */
  readonly unknown: number;
}

/** The signature of a webhook is missing, or not that of the number's app. */
export class NotSigned extends Error {
  override readonly name = 'NotSigned';
}

/**
 * Takes in what Meta tells of `cloud` numbers: windows and standing blocks go by it, and what is not kept back goes on to the
 * business through the outbox. Whatever a promise was fulfilled for is durable.
 */
export class MetaIngest {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #metaClients: MetaClients;
  readonly #names: UserDirectory;
  readonly #placements: StandingPlacements;
  readonly #wakeDelivery: (numberId: string) => void;
  readonly #keptAtMs = new Map<string, number>();

  constructor(options: {
    store: Store;
    clock: Clock;
    metaClients: MetaClients;
    names: UserDirectory;
    placements: StandingPlacements;
    wakeDelivery: (numberId: string) => void;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#metaClients = options.metaClients;
    this.#names = options.names;
    this.#placements = options.placements;
    this.#wakeDelivery = options.wakeDelivery;
  }

  /** Whether a verify token is one of ours: Meta's handshake. */
  async isVerifyToken(verifyToken: string): Promise<boolean> {
    const tokens = (await this.#cloudNumbers()).map(
      (number) => this.#metaClients.secretsOf(number).verifyToken,
    );
    // All of them, so that the time taken tells nothing of which.
    return tokens.filter((token) => token !== null && isSameSecret(token, verifyToken)).length > 0;
  }

  /**
   * Takes in one webhook.
   * @param signature the header `X-Hub-Signature-256`.
   * @throws NotAWebhook, NotSigned.
   */
  async ingest(raw: Buffer, signature: string): Promise<IngestResult> {
    if (!isUtf8(raw)) throw new NotAWebhook('The body is not valid UTF-8.');
    const text = raw.toString('utf8');
    const numbers = await this.#cloudNumbers();
    // Nothing is made of a body before it is known who has sent it.
    this.#requireSigned(raw, signature, numbers, mentionedIds(text));
    let admitted = 0;
    let dropped = 0;
    let late = 0;
    const pieces = parseItems(text, this.#clock());
    const groups = groupByNumber(pieces, numbers);
    for (const [number, theirs] of groups) {
      await this.#names.record(
        number,
        theirs.flatMap(({ claims }) => claims),
      );
      const outcome = await this.#takeOf(number, theirs);
      admitted += outcome.admitted;
      dropped += outcome.dropped;
      late += outcome.late;
    }
    const known = [...groups.values()].reduce((sum, { length }) => sum + length, 0);
    return { admitted, dropped, late, unknown: pieces.length - known };
  }

  /** When Meta last sent a webhook for a number, to any process; null: never. */
  async lastWebhookAtMs({ id }: NumberRecord): Promise<number | null> {
    const { toldAtMs } = this.#metaClients.channel(id).health;
    if (toldAtMs !== null) return toldAtMs;
    const kept = await this.#store.record(lastWebhookRecord(id), 0);
    return kept === null ? null : Number(kept);
  }

  /** Something about a number has changed that may let its standing blocks be placed. */
  wake(numberId: string): void {
    this.#placements.wake(numberId);
  }

  async #takeOf(number: NumberRecord, told: readonly ParsedItem[]): Promise<IngestOutcome> {
    await this.#noteWebhook(number);
    const ids = await this.#names.lookup(number, { texts: told.flatMap(textsOf) });
    const pieces = told.map((piece): WebhookItem => {
      const [text] = textsOf(piece);
      const ref = text === undefined ? null : readUser(text, ids);
      const { key, message, body } = piece;
      return { key, message, body, user: ref?.kind === 'user' ? ref.waId : null };
    });
    const users = [...new Set(pieces.flatMap(({ user }) => user ?? []))];
    const messageIds = [...new Set(pieces.map(({ key }) => key))];
    const atMs = this.#clock();
    const seen = await this.#seenOf(number, pieces, atMs);
    const outcome = await this.#store.change(number.id, { users, messageIds }, (facts) =>
      decideIngest(facts, pieces, { atMs, seen }),
    );
    const times = { nowMs: atMs, untilMs: atMs + webhookRetentionMs };
    await Promise.all(
      outcome.withoutWebhook.map((key) => this.#store.putRecord(recordOf(number, key), '', times)),
    );
    this.#wakeDelivery(number.id);
    if (outcome.triggered.length > 0) this.#placements.wake(number.id);
    return outcome;
  }

  /** Keeps when a webhook came, now and then: a restart must not forget that there was one. */
  async #noteWebhook({ id }: NumberRecord): Promise<void> {
    const channel = this.#metaClients.channel(id);
    channel.webhookReceived();
    const atMs = this.#clock();
    const keptAtMs = this.#keptAtMs.get(id);
    if (keptAtMs !== undefined && Math.abs(atMs - keptAtMs) < keepEveryMs) return;
    this.#keptAtMs.set(id, atMs);
    await this.#store.putRecord(lastWebhookRecord(id), String(atMs), { nowMs: 0, untilMs: neverExpiresMs });
  }

  /** Messages that came lately and that no webhook was made for. */
  async #seenOf(
    number: NumberRecord,
    pieces: readonly WebhookItem[],
    nowMs: number,
  ): Promise<ReadonlySet<string>> {
    const keys = pieces.filter(({ message }) => message !== null).map(({ key }) => key);
    const kept = await Promise.all(keys.map((key) => this.#store.record(recordOf(number, key), nowMs)));
    return new Set(keys.filter((_, index) => kept[index] !== null));
  }

  /**
   * Each named number's app must have signed. What names an account alone may be signed by the app of any of its numbers, and what
   * is about none of ours, by any app.
   */
  #requireSigned(
    raw: Buffer,
    signature: string,
    numbers: readonly NumberRecord[],
    { numberIds, wabaIds }: ReturnType<typeof mentionedIds>,
  ): void {
    const byId = numbers.filter(({ id }) => numberIds.includes(id));
    const named = byId.length > 0 ? byId : numbers.filter(({ wabaId }) => wabaIds.includes(wabaId));
    const isOurs = named.length > 0;
    const asked = isOurs ? named : numbers.slice(0, strangersMax);
    const unset = asked.find((number) => this.#metaClients.secretsOf(number).appSecret === null);
    const isSigned = (number: NumberRecord) => {
      const { appSecret } = this.#metaClients.secretsOf(number);
      const own = `sha256=${createHmac('sha256', appSecret ?? '')
        .update(raw)
        .digest('hex')}`;
      return appSecret !== null && isSameText(own, signature);
    };
    if (byId.length > 0 ? asked.every(isSigned) : asked.some(isSigned)) return;
    throw new NotSigned(
      isOurs && unset !== undefined
        ? `Number ${unset.id} has no upstream.app_secret, so that no signature can be checked`
        : 'X-Hub-Signature-256 is not the signature of this body by the app of its number',
    );
  }

  async #cloudNumbers(): Promise<readonly NumberRecord[]> {
    return (await this.#store.numbers()).filter(({ upstream }) => upstream !== null);
  }
}

/** What is about a business account goes to its first number. What is about none of ours is left out. */
function groupByNumber(
  pieces: readonly ParsedItem[],
  numbers: readonly NumberRecord[],
): ReadonlyMap<NumberRecord, readonly ParsedItem[]> {
  const groups = new Map<NumberRecord, ParsedItem[]>();
  for (const piece of pieces) {
    const number =
      piece.numberId === null
        ? numbers.find(({ wabaId }) => wabaId === piece.wabaId)
        : numbers.find(({ id }) => id === piece.numberId);
    if (number === undefined) continue;
    const group = groups.get(number);
    if (group === undefined) groups.set(number, [piece]);
    else group.push(piece);
  }
  return groups;
}

/** What a user is called, the ID first: who is known by it is known by their phone as well. */
function textsOf({ phone, userId }: ParsedItem): readonly string[] {
  return [userId, phone].filter((text) => text !== null);
}

function lastWebhookRecord(numberId: string): string {
  return `webhook ${numberId}`;
}

function recordOf({ id }: NumberRecord, key: string): string {
  return `told ${id} ${key}`;
}
