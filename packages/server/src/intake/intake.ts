import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  type Clock,
  decideIntake,
  type NumberRecord,
  type Piece,
  readWaId,
  type Store,
  type WaId,
} from '@blockhouse/engine';
import type { Upstreams } from '../upstream/upstreams.ts';
import type { UserNames } from '../user-names.ts';
import { pairsOf, piecesOf, type ToldPiece } from './pieces.ts';
import type { Placements } from './placements.ts';

/** Secrets that are tried on a body that names none of our numbers. */
const strangersSecretsMax = 16;

/** How many messages of a webhook came to what. */
export interface Taken {
  readonly admitted: number;
  readonly dropped: number;
}

/** The signature of a webhook is missing, or not that of the number's app. */
export class NotSigned extends Error {
  override readonly name = 'NotSigned';
}

/**
 * Takes in what Meta tells of `cloud` numbers: windows and standing blocks go by it, and what is not kept back goes on to the
 * business through the outbox. Whatever a promise was fulfilled for is durable.
 */
export class Intake {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #upstreams: Upstreams;
  readonly #names: UserNames;
  readonly #placements: Placements;
  readonly #wakeDelivery: (numberId: string) => void;

  constructor(options: {
    store: Store;
    clock: Clock;
    upstreams: Upstreams;
    names: UserNames;
    placements: Placements;
    wakeDelivery: (numberId: string) => void;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#upstreams = options.upstreams;
    this.#names = options.names;
    this.#placements = options.placements;
    this.#wakeDelivery = options.wakeDelivery;
  }

  /** Whether a verify token is one of ours: Meta's handshake. */
  async knows(verifyToken: string): Promise<boolean> {
    const tokens = (await this.#cloudNumbers()).map(
      (number) => this.#upstreams.secretsOf(number).verifyToken,
    );
    // All of them, so that the time taken tells nothing of which.
    return tokens.filter((token) => token !== null && sameText(token, verifyToken)).length > 0;
  }

  /**
   * Takes in one webhook.
   * @param signature the header `X-Hub-Signature-256`.
   * @throws NotAWebhook, NotSigned.
   */
  async take(raw: Buffer, signature: string): Promise<Taken> {
    const text = raw.toString('utf8');
    const pieces = piecesOf(text);
    const numbers = await this.#cloudNumbers();
    const told = groupByNumber(pieces, numbers);
    this.#requireSigned(raw, signature, { told: [...told.keys()], numbers });
    let admitted = 0;
    let dropped = 0;
    const pairs = pairsOf(text).flatMap(({ phone, userId }) => {
      const waId = readWaId(phone);
      return waId === null ? [] : [{ waId, userId }];
    });
    for (const [number, theirs] of told) {
      await this.#names.learn(number, pairs);
      const outcome = await this.#takeOf(number, theirs);
      admitted += outcome.admitted;
      dropped += outcome.dropped;
    }
    return { admitted, dropped };
  }

  /** Something about a number has changed that may let its standing blocks be placed. */
  wake(numberId: string): void {
    this.#placements.wake(numberId);
  }

  async #takeOf(number: NumberRecord, told: readonly ToldPiece[]): Promise<Taken> {
    this.#upstreams.lane(number.id).told();
    const texts = told.flatMap(({ userId }) => (userId === null ? [] : [userId]));
    const ids = await this.#names.at(number, { texts });
    const pieces = told.map((piece): Piece => {
      const { key, message, body } = piece;
      return { key, message, body, users: this.#usersOf(number, piece, ids.find) };
    });
    const users = [...new Set(pieces.flatMap((piece) => piece.users))];
    const messageIds = [...new Set(pieces.map(({ key }) => key))];
    const atMs = this.#clock();
    const outcome = await this.#store.change(number.id, { users, messageIds }, (facts) =>
      decideIntake(facts, pieces, atMs),
    );
    this.#wakeDelivery(number.id);
    if (outcome.met.length > 0) this.#placements.wake(number.id);
    return outcome;
  }

  /** Somebody may have been named by an ID before their phone was known: both are theirs. */
  #usersOf(
    number: NumberRecord,
    { phone, userId }: ToldPiece,
    find: (userId: string) => WaId | null,
  ): readonly WaId[] {
    const own = phone === null ? null : readWaId(phone);
    const known = userId === null ? null : find(userId);
    const standIn = userId === null ? null : this.#names.standInFor(number, userId);
    return [...new Set([own, known, standIn])].filter((waId) => waId !== null);
  }

  /** Each number's app must have signed; what is about none of ours, any of them. */
  #requireSigned(
    raw: Buffer,
    signature: string,
    { told, numbers }: { told: readonly NumberRecord[]; numbers: readonly NumberRecord[] },
  ): void {
    const secretOf = (number: NumberRecord) => this.#upstreams.secretsOf(number).appSecret;
    const isSigned = (secret: string | null) =>
      secret !== null &&
      sameText(`sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`, signature);
    const secrets = new Set((told.length > 0 ? told : numbers).map(secretOf));
    const tried = [...secrets].slice(0, told.length > 0 ? undefined : strangersSecretsMax);
    const isGood = told.length > 0 ? tried.every(isSigned) : tried.some(isSigned);
    if (!isGood)
      throw new NotSigned('X-Hub-Signature-256 is not the signature of this body by the app of its number');
  }

  async #cloudNumbers(): Promise<readonly NumberRecord[]> {
    return (await this.#store.numbers()).filter(({ upstream }) => upstream !== null);
  }
}

/** What is about a business account goes to its first number. What is about none of ours is left out. */
function groupByNumber(
  pieces: readonly ToldPiece[],
  numbers: readonly NumberRecord[],
): ReadonlyMap<NumberRecord, readonly ToldPiece[]> {
  const groups = new Map<NumberRecord, ToldPiece[]>();
  for (const piece of pieces) {
    const number =
      piece.numberId === null
        ? numbers.find(({ wabaId }) => wabaId === piece.wabaId)
        : numbers.find(({ id }) => id === piece.numberId);
    if (number === undefined) continue;
    groups.set(number, [...(groups.get(number) ?? []), piece]);
  }
  return groups;
}

function sameText(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHmac('sha256', comparing).update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

/** Texts of any length are compared by their hashes. */
const comparing = 'blockhouse comparing';
