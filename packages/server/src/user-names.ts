import { createHash } from 'node:crypto';
import type { Clock, NumberRecord, Store, UserIds, WaId } from '@blockhouse/engine';
import type { UserIdIssuer } from './user-ids.ts';

/** A record that is never over: the last moment that a date can name. */
const forEverMs = 8_640_000_000_000_000;

/** Phones have at most 15 digits; what is above stands for users of whom only an ID is known. */
const firstStandIn = 1_000_000_000_000_000;
const standIns = 8_000_000_000_000_000n;

/** Pairs that this process remembers to have kept. */
const rememberedMax = 20_000;

/** Texts that are read, and users that are named, at one number. */
export interface NamesWanted {
  readonly texts?: readonly string[];
  readonly waIds?: readonly WaId[];
}

/** A user's phone, if any was told, and their ID. */
export interface NamePair {
  readonly waId: WaId;
  readonly userId: string;
}

/** Whether a `wa_id` of ours only stands for a user whose phone is not known. */
export function isStandIn(waId: WaId): boolean {
  return waId >= firstStandIn;
}

/** A `wa_id` as it may be shown; null when the phone is hidden, or not known. */
export function shownWaId(waId: WaId, phoneHidden = false): string | null {
  return phoneHidden || isStandIn(waId) ? null : String(waId);
}

/**
 * What users are called at each number. On the `local` platform their IDs are computed. At Meta they are Meta's: they are kept
 * as its webhooks tell them, and of whom nothing but an ID is known, a number above all phones takes the phone's place here.
 */
export class UserNames {
  readonly #issuer: UserIdIssuer;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #remembered = new Set<string>();

  constructor(options: { issuer: UserIdIssuer; store: Store; clock: Clock }) {
    this.#issuer = options.issuer;
    this.#store = options.store;
    this.#clock = options.clock;
  }

  /** What it takes to read these texts and to name these users at a number. */
  async at(number: NumberRecord, { texts = [], waIds = [] }: NamesWanted): Promise<UserIds> {
    if (number.upstream === null) return this.#issuer.of(number.portfolioId);
    const { portfolioId } = number;
    const waIdOf = new Map<string, WaId>();
    for (const text of new Set(texts.filter((one) => /^[A-Z]{2}\./.test(one)))) {
      const known = await this.#read(portfolioId, text);
      waIdOf.set(text, known === null ? standInFor(portfolioId, text) : Number(known));
    }
    const userIdOf = new Map<WaId, string | null>();
    for (const waId of new Set(waIds)) userIdOf.set(waId, await this.#read(portfolioId, String(waId)));
    return {
      find: (userId) => waIdOf.get(userId) ?? null,
      issue: (users) => users.map((waId) => userIdOf.get(waId) ?? null),
    };
  }

  /** Whom an ID stands for where no phone is known. */
  standInFor(number: NumberRecord, userId: string): WaId {
    return standInFor(number.portfolioId, userId);
  }

  /** Keeps what Meta has told, or a caller has named. */
  async learn({ portfolioId }: NumberRecord, pairs: readonly NamePair[]): Promise<void> {
    const times = { nowMs: this.#clock(), untilMs: forEverMs };
    for (const { waId, userId } of pairs) {
      const pair = `${portfolioId} ${waId} ${userId}`;
      if (this.#remembered.has(pair)) continue;
      const isPhone = !isStandIn(waId);
      const known = await this.#read(portfolioId, userId);
      // A phone that was told once is kept, also when it is hidden later.
      if (known === null || (isPhone && known !== String(waId)))
        await this.#store.putRecord(nameOf(portfolioId, userId), String(waId), times);
      await this.#store.putRecord(nameOf(portfolioId, String(waId)), userId, times);
      if (this.#remembered.size >= rememberedMax) this.#remembered.clear();
      this.#remembered.add(pair);
    }
  }

  async #read(portfolioId: string, name: string): Promise<string | null> {
    return await this.#store.record(nameOf(portfolioId, name), this.#clock());
  }
}

function nameOf(portfolioId: string, name: string): string {
  return `user ${portfolioId} ${name}`;
}

function standInFor(portfolioId: string, userId: string): WaId {
  const hash = createHash('sha256').update(`${portfolioId} ${userId}`).digest();
  return firstStandIn + Number(hash.readBigUInt64BE() % standIns);
}
